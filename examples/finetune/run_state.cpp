#include "run_state.h"

#include "../../autograd/grad_mode.h"
#include "../../nn/adapters/model_adapters.h"
#include "../../nn/finite.h"
#include "../../nn/io/checkpoint_file.h"
#include "../../nn/io/file.h"
#include "../../nn/io/safetensors.h"
#include "../../ops/creation.h"

namespace adora::finetune {

namespace {

const std::string parameter_prefix = "parameter.", optimizer_prefix = "optimizer.";

std::string file_in(const std::string& folder) { return folder + "/" + checkpoint_file; }

Generator* dropout_generator(CausalLm& model) {
  return adapter_names(model).empty() ? nullptr : &adapter(model).dropout_generator;
}

// The facts in a checkpoint, and whether they are those of a run.
class Facts {
 public:
  Facts(std::string path, std::map<std::string, std::string> facts)
      : path_(std::move(path)), facts_(std::move(facts)) {}

  const std::string& text(const std::string& name) const {
    const auto found = facts_.find(name);
    check(found != facts_.end(), "{}: is no checkpoint of finetune: it has no {}", path_, name);
    return found->second;
  }

  std::uint64_t number(const std::string& name) const {
    const std::string& digits = text(name);
    check(!digits.empty() && digits.size() < 19 && digits.find_first_not_of("0123456789") == std::string::npos,
          "{}: {} must be a whole number, not \"{}\"", path_, name, shortened(digits, 40));
    return std::stoull(digits);
  }

  void check_documents(const RunIdentity& run) const {
    check(text("method") == run.method, "{}: is of --method {}, not {}", path_, text("method"), run.method);
    check(number("documents") == run.documents, "{}: was trained on {} documents; --data has {}", path_,
          number("documents"), run.documents);
    check(text("data") == run.data,
          "{}: was trained on other documents: --data, or what makes tokens of it (the tokenizer, --prompt-template, "
          "--cutoff-len, --train-on-inputs), has changed",
          path_);
  }

 private:
  std::string path_;
  std::map<std::string, std::string> facts_;
};

}  // namespace

void write_run_state(const std::string& folder, CausalLm& model, Training& training, const RunIdentity& run) {
  training.check_state();
  StateDict state;
  for (const NamedTensor& one : training.optimizer().parameters()) state[parameter_prefix + one.name] = one.tensor;
  for (const auto& [name, tensor] : training.optimizer().state_dict()) state[optimizer_prefix + name] = tensor;
  const Generator* dropout = dropout_generator(model);
  write_checkpoint(file_in(folder), state,
                   {{"method", run.method},
                    {"step", std::to_string(training.done())},
                    {"documents", std::to_string(run.documents)},
                    {"data", run.data},
                    {"model", run.model},
                    {"dropout_offset", std::to_string(dropout ? dropout->offset() : 0)}});
}

void check_documents_of_run_state(const std::string& folder, const RunIdentity& run) {
  const std::string path = file_in(folder);
  if (file_exists(path)) Facts(path, SafetensorsReader(path).metadata()).check_documents(run);
}

bool read_run_state(const std::string& folder, CausalLm& model, Training& training, const RunIdentity& run) {
  const std::string path = file_in(folder);
  if (!file_exists(path)) return false;
  const CheckpointFile file = read_checkpoint(path);
  check_finite(file.tensors, path);
  const Facts facts(path, file.facts);
  facts.check_documents(run);
  check(facts.text("model") == run.model,
        "{}: was trained on another model: the weights or the configuration of --model, --dtype or --quantize have "
        "changed",
        path);
  const auto step = static_cast<std::int64_t>(facts.number("step"));
  check(step <= training.total_steps(), "{}: is at step {}, and there are only {}", path, step, training.total_steps());

  StateDict optimizer;
  std::size_t parameters = 0;
  for (const auto& [name, tensor] : file.tensors) {
    if (name.starts_with(optimizer_prefix)) optimizer[name.substr(optimizer_prefix.size())] = tensor;
    else ++parameters;
  }
  const auto& trained = training.optimizer().parameters();
  check(parameters == trained.size(), "{}: has {} trained parameters; this model has {}", path, parameters,
        trained.size());
  for (const NamedTensor& one : trained) {
    const auto found = file.tensors.find(parameter_prefix + one.name);
    check(found != file.tensors.end() && found->second.shape() == one.tensor.shape() &&
              found->second.dtype() == one.tensor.dtype(),
          "{}: does not go with this model at {}", path, one.name);
  }
  training.optimizer().load_state_dict(optimizer);
  NoGrad no_grad;
  for (const NamedTensor& one : trained)
    copy_(one.tensor, to(file.tensors.at(parameter_prefix + one.name), one.tensor.device()));
  if (Generator* dropout = dropout_generator(model)) dropout->set_offset(facts.number("dropout_offset"));
  training.set_done(step);
  return true;
}

}  // namespace adora::finetune
