#include "trainer.h"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "../../autograd/backward.h"
#include "../../autograd/grad_mode.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../io/checkpoint_file.h"
#include "../io/file.h"
#include "../io/safetensors.h"
#include "../optim/clip.h"
#include "eval_mode.h"

namespace adora {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string file_in(const std::string& folder, const char* name) {
  return (std::filesystem::path(folder) / name).string();
}

/// Gradients of the losses that a function gives.
class LossGradients final : public StepGradients {
 public:
  LossGradients(Optimizer& optimizer, Trainer::Loss loss, std::int64_t parts)
      : optimizer_(optimizer), loss_(std::move(loss)), parts_(parts) {}

  Result compute(std::int64_t step) override {
    GradMode recording(true);
    optimizer_.zero_grad();
    Tensors losses;
    for (std::int64_t part = 0; part < parts_; ++part) {
      Tensor loss = loss_of(step, part);
      if (parts_ > 1) loss = loss * (1.0 / static_cast<double>(parts_));
      losses.push_back(loss.detach());
      backward(loss);
    }
    Result result;
    for (const Tensor& loss : losses) result.loss += item(loss);  // only now, since it waits for the device
    return result;
  }
  double try_out(std::int64_t step) override {
    NoGrad no_grad;
    return item(loss_of(step, 0));
  }

 private:
  Tensor loss_of(std::int64_t step, std::int64_t part) const {
    Tensor loss = loss_(step, part);
    check(loss.defined() && loss.numel() == 1, "Trainer: the loss must be one number, not {}", describe(loss));
    return loss;
  }

  Optimizer& optimizer_;
  Trainer::Loss loss_;
  std::int64_t parts_;
};

const std::string parameter_prefix = "parameter.", buffer_prefix = "buffer.", optimizer_prefix = "optimizer.",
                  best_prefix = "best.";

std::string generator_name(std::size_t number) { return fmt::format("generator_{}_offset", number); }

/// The metadata of a checkpoint, with errors that name its file.
class CheckpointMetadata {
 public:
  CheckpointMetadata(std::string path, std::map<std::string, std::string> entries)
      : path_(std::move(path)), entries_(std::move(entries)) {}

  const std::string& text(const std::string& name) const {
    const auto found = entries_.find(name);
    check(found != entries_.end(), "{}: is no checkpoint of this training: it has no {}", path_, name);
    return found->second;
  }
  std::uint64_t whole(const std::string& name) const {
    const std::string& digits = text(name);
    check(!digits.empty() && digits.size() < 19 && digits.find_first_not_of("0123456789") == std::string::npos,
          "{}: {} must be a whole number, not \"{}\"", path_, name, shortened(digits, 40));
    return std::stoull(digits);
  }
  double number(const std::string& name) const {
    double value = NAN;
    const std::string& digits = text(name);
    const bool read = std::sscanf(digits.c_str(), "%la", &value) == 1;
    check(read && std::isfinite(value), "{}: {} must be a number, not \"{}\"", path_, name, shortened(digits, 40));
    return value;
  }
  bool has(const std::string& name) const { return entries_.contains(name); }

  void check_same(const std::vector<RunProperty>& run) const {
    for (const RunProperty& property : run)
      check(text(property.name) == property.value, "{}: was trained with another {} ({}, not {}): {}", path_,
            property.name, text(property.name), property.value, property.why);
  }

 private:
  std::string path_;
  std::map<std::string, std::string> entries_;
};

/// The tensors beside the parameters that may change in training: running means, not codes of quantized weights.
StateDict buffers_of(const Module& module) {
  StateDict buffers = module.state_dict();
  for (const NamedTensor& one : module.named_parameters()) buffers.erase(one.name);
  std::erase_if(buffers, [](const auto& one) { return !is_floating(one.second.dtype()); });
  return buffers;
}

void add(StateDict& to, const std::string& prefix, const StateDict& from) {
  for (const auto& [name, x] : from) to[prefix + name] = x;
}

StateDict with_prefix(const StateDict& state, const std::string& prefix) {
  StateDict part;
  for (const auto& [name, x] : state)
    if (name.starts_with(prefix)) part[name.substr(prefix.size())] = x;
  return part;
}

StateDict trained(const Optimizer& optimizer) {
  StateDict parameters;
  for (const NamedTensor& one : optimizer.parameters()) parameters[one.name] = one.tensor;
  return parameters;
}

StateDict copied(const StateDict& state) {
  NoGrad no_grad;
  StateDict copies;
  for (const auto& [name, x] : state) copies[name] = clone(x.detach());
  return copies;
}

void copy_all(const StateDict& to, const StateDict& from) {
  NoGrad no_grad;
  for (const auto& [name, x] : to) copy_(x, adora::to(from.at(name), x.device()));
}

}  // namespace

Trainer::Trainer(Module& module, Optimizer& optimizer, std::unique_ptr<StepGradients> own, StepGradients* gradients,
                 TrainerOptions options)
    : module_(module),
      optimizer_(optimizer),
      own_gradients_(std::move(own)),
      gradients_(gradients ? *gradients : *own_gradients_),
      options_(std::move(options)),
      lr_(optimizer.lr()) {
  check(options_.steps >= 0 && options_.accumulate >= 1 && options_.evaluate_every >= 0 && options_.patience >= 0,
        "Trainer: {} steps, {} parts a step, an evaluation every {} steps with a patience of {}: none can be negative, "
        "and a step has a part",
        options_.steps, options_.accumulate, options_.evaluate_every, options_.patience);
  check((options_.evaluate != nullptr) == (options_.evaluate_every > 0),
        "Trainer: evaluate and evaluate_every go together; give both or none");
  check(options_.evaluate || (options_.patience == 0 && !options_.keep_best),
        "Trainer: patience and keep_best need something to evaluate");
  check(own_gradients_ || options_.accumulate == 1,
        "Trainer: accumulate goes with a loss; these StepGradients take a step's batch as they do");
  for (const std::string& kind : options_.logs) run_log_kind(kind);
  if (options_.clip_grad_norm)
    check(*options_.clip_grad_norm > 0, "Trainer: clip_grad_norm must be more than 0, not {}",
          *options_.clip_grad_norm);
}

Trainer::Trainer(Module& module, Optimizer& optimizer, Loss loss, TrainerOptions options)
    : Trainer(module, optimizer, std::make_unique<LossGradients>(optimizer, std::move(loss), options.accumulate),
              nullptr, options) {}

Trainer::Trainer(Module& module, Optimizer& optimizer, StepGradients& gradients, TrainerOptions options)
    : Trainer(module, optimizer, nullptr, &gradients, std::move(options)) {}

Trainer::~Trainer() = default;

double Trainer::lr_of_next_step() const {
  const double factor = options_.schedule ? options_.schedule(done_, options_.steps) : 1;
  check(factor >= 0 && std::isfinite(factor), "Trainer: the schedule gives {} for step {} of {}; it must be 0 or more",
        factor, done_, options_.steps);
  return lr_ * factor;
}

StepRecord Trainer::step() {
  put_last_in_place();
  const auto start = Clock::now();
  StepRecord record;
  record.step = done_ + 1;
  record.lr = lr_of_next_step();
  const StepGradients::Result result = gradients_.compute(done_);
  record.loss = result.loss, record.tokens = result.tokens;
  if (!std::isfinite(record.loss)) throw NotFinite(fmt::format("the loss of step {} is not finite", record.step));
  const auto& parameters = optimizer_.parameters();
  record.grad_norm =
      options_.clip_grad_norm ? clip_grad_norm(parameters, *options_.clip_grad_norm) : grad_norm(parameters);
  if (!std::isfinite(record.grad_norm))
    throw NotFinite(fmt::format("the gradient of step {} is not finite", record.step));
  optimizer_.set_lr(record.lr);
  optimizer_.step();
  ++done_;
  record.seconds = seconds_since(start);
  if (!options_.logs.empty())  // which have it, also of the steps before where a run goes on
    record.time = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return record;
}

void Trainer::evaluate(StepRecord& record) {
  if (options_.evaluate_every == 0 || (done_ % options_.evaluate_every != 0 && done_ != options_.steps)) return;
  double value;
  {
    const detail::EvalMode evaluating(module_);
    NoGrad no_grad;
    value = options_.evaluate();
  }
  if (!std::isfinite(value)) throw NotFinite(fmt::format("the evaluation after step {} is not finite", done_));
  record.more[options_.evaluation_name] = value;
  if (best_ && value >= best_->value) {
    ++not_better_;
    return;
  }
  best_ = Best{value, done_};
  not_better_ = 0;
  if (!options_.keep_best) return;
  if (kept_.empty()) kept_ = copied(trained(optimizer_));
  else copy_all(kept_, trained(optimizer_));
}

// The optimizer looks at the parameters when it takes a step alone, and finds those that it has left there.
void Trainer::put_best_in_place() {
  if (kept_.empty() || !last_.empty()) return;
  last_ = copied(trained(optimizer_));
  copy_all(trained(optimizer_), kept_);
}

void Trainer::put_last_in_place() {
  if (last_.empty()) return;
  copy_all(trained(optimizer_), last_);
  last_.clear();
}

bool Trainer::is_over() const {
  return done_ >= options_.steps || (options_.patience > 0 && not_better_ >= options_.patience);
}

std::vector<std::unique_ptr<RunLog>> Trainer::begin_logs() const {
  std::vector<std::unique_ptr<RunLog>> logs;
  if (options_.folder.empty()) return logs;
  make_folder(options_.folder);
  std::set<std::string> kinds(options_.logs.begin(), options_.logs.end());
  kinds.insert("jsonl");
  for (const std::string& name : kinds) {
    const RunLogKind& kind = run_log_kind(name);
    logs.push_back(kind.make(file_in(options_.folder, kind.file.c_str()), records_));
  }
  return logs;
}

void Trainer::run() {
  module_.train();
  const std::vector<std::unique_ptr<RunLog>> logs = begin_logs();
  std::optional<Progress> progress;
  if (!options_.title.empty()) progress.emplace(options_.title, options_.steps, done_);
  const auto start = Clock::now();
  double writing = 0, shown = 0;
  bool stopped = false;
  while (!is_over() && !stopped) {
    StepRecord record = step();
    evaluate(record);
    if (after_step_) after_step_(record);
    records_.push_back(record);
    shown = records_.size() == 1 ? record.loss : 0.95 * shown + 0.05 * record.loss;
    if (progress) progress->update(record.step, fmt::format("loss {:.3f}", shown));
    for (const auto& log : logs) log->add(record);
    stopped = options_.stop && options_.stop();
    if (!logs.empty() && (is_over() || stopped || 50 * writing <= seconds_since(start))) {
      const auto before = Clock::now();
      for (const auto& log : logs) log->flush();
      save_checkpoint();
      writing += seconds_since(before);
    }
  }
  put_best_in_place();
  if (stopped) return;
  // One that ended before its last step has no full bar.
  if (progress && done_ >= options_.steps)
    progress->finish(records_.empty() ? "" : fmt::format("loss {:.3f}", records_.back().loss));
}

void Trainer::check_state() {
  check_finite(state(), fmt::format("after step {}", done_));
  if (options_.steps == 0) return;
  // Weights may be finite and too large to compute with. What is drawn for this is drawn again.
  std::vector<std::uint64_t> offsets;
  for (const Generator* generator : options_.generators) offsets.push_back(generator->offset());
  const double loss = [&] {
    const detail::EvalMode evaluating(module_);
    return gradients_.try_out(std::min(done_, options_.steps - 1));
  }();
  for (std::size_t i = 0; i < offsets.size(); ++i) options_.generators[i]->set_offset(offsets[i]);
  if (!std::isfinite(loss))
    throw NotFinite(fmt::format("with the weights after step {} the loss is not finite", done_));
}

StateDict Trainer::state() const {
  StateDict state;
  add(state, parameter_prefix, last_.empty() ? trained(optimizer_) : last_);
  add(state, buffer_prefix, buffers_of(module_));
  add(state, optimizer_prefix, optimizer_.state_dict());
  return state;
}

void Trainer::save_checkpoint() {
  check(!options_.folder.empty(), "Trainer: there is no folder for a checkpoint; name one in the options");
  check_state();
  std::map<std::string, std::string> metadata{{"step", std::to_string(done_)}};
  for (const RunProperty& property : options_.run_properties) metadata[property.name] = property.value;
  for (std::size_t i = 0; i < options_.generators.size(); ++i)
    metadata[generator_name(i)] = std::to_string(options_.generators[i]->offset());
  if (best_) {
    metadata["best"] = fmt::format("{:a}", best_->value);
    metadata["best_step"] = std::to_string(best_->step);
    metadata["not_better"] = std::to_string(not_better_);
  }
  StateDict all = state();
  add(all, best_prefix, kept_);
  write_checkpoint(file_in(options_.folder, checkpoint_file), all, metadata);
  saved_ = done_;
}

bool Trainer::resume(const std::string& folder) {
  const std::string path = file_in(folder, checkpoint_file);
  if (!file_exists(path)) return false;
  const CheckpointFile file = read_checkpoint(path);
  check_finite(file.tensors, path);
  const CheckpointMetadata metadata(path, file.metadata);
  metadata.check_same(options_.run_properties);
  const auto step = static_cast<std::int64_t>(metadata.whole("step"));
  check(step <= options_.steps, "{}: is at step {}, and there are only {}", path, step, options_.steps);

  StateDict kept = with_prefix(file.tensors, best_prefix), rest = file.tensors;
  for (const auto& [name, x] : kept) rest.erase(best_prefix + name);
  const StateDict state = match_state_dict(rest, {.tensors = this->state(), .same_dtype = true}, path);
  if (!kept.empty()) kept = match_state_dict(kept, {.tensors = trained(optimizer_), .same_dtype = true}, path);
  std::vector<std::uint64_t> offsets;
  for (std::size_t i = 0; i < options_.generators.size(); ++i) offsets.push_back(metadata.whole(generator_name(i)));
  std::vector<StepRecord> records = read_log(file_in(folder, log_file), step);
  std::optional<Best> best;
  if (metadata.has("best"))
    best = Best{metadata.number("best"), static_cast<std::int64_t>(metadata.whole("best_step"))};
  const auto not_better = best ? static_cast<std::int64_t>(metadata.whole("not_better")) : 0;

  optimizer_.load_state_dict(with_prefix(state, optimizer_prefix));
  copy_all(trained(optimizer_), with_prefix(state, parameter_prefix));
  copy_all(buffers_of(module_), with_prefix(state, buffer_prefix));
  for (std::size_t i = 0; i < offsets.size(); ++i) options_.generators[i]->set_offset(offsets[i]);
  records_ = std::move(records);
  kept_ = options_.keep_best ? std::move(kept) : StateDict();
  last_.clear();
  // A best evaluation whose weights nobody kept does not count where they are to be put back.
  if (options_.keep_best && kept_.empty()) best_ = {}, not_better_ = 0;
  else best_ = best, not_better_ = not_better;
  done_ = saved_ = step;
  return true;
}

void check_run_properties(const std::string& folder, const std::vector<RunProperty>& properties) {
  const std::string path = file_in(folder, checkpoint_file);
  if (file_exists(path)) CheckpointMetadata(path, SafetensorsReader(path).metadata()).check_same(properties);
}

}  // namespace adora
