#include "run_state.h"

#include "../../autograd/grad_mode.h"
#include "../../nn/adapter.h"
#include "../../nn/checkpoint_file.h"
#include "../../nn/file.h"
#include "../../nn/finite.h"
#include "../../ops/creation.h"

namespace adora::finetune {

namespace {

const std::string parameter_prefix = "parameter.", optimizer_prefix = "optimizer.";

std::string file_in(const std::string& folder) { return folder + "/" + checkpoint_file; }

Generator* dropout_generator(Llama& model) {
  return adapter_names(model).empty() ? nullptr : &adapter(model).dropout_generator;
}

}  // namespace

void write_run_state(const std::string& folder, Llama& model, Training& training, const RunIdentity& run) {
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

bool read_run_state(const std::string& folder, Llama& model, Training& training, const RunIdentity& run) {
  const std::string path = file_in(folder);
  if (!file_exists(path)) return false;
  const CheckpointFile file = read_checkpoint(path);
  check_finite(file.tensors, path);
  auto entry = [&](const std::string& name) {
    const auto found = file.facts.find(name);
    check(found != file.facts.end(), "{}: is no checkpoint of finetune: it has no {}", path, name);
    return found->second;
  };
  auto number = [&](const std::string& name) {
    const std::string text = entry(name);
    check(!text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == std::string::npos,
          "{}: {} must be a whole number, not \"{}\"", path, name, text.substr(0, 40));
    return std::stoull(text);
  };
  check(entry("method") == run.method, "{}: is of --method {}, not {}", path, entry("method"), run.method);
  check(number("documents") == run.documents, "{}: was trained on {} documents; --data has {}", path,
        number("documents"), run.documents);
  check(entry("data") == run.data,
        "{}: was trained on other documents: --data, or what makes tokens of it (the tokenizer, --prompt-template, "
        "--cutoff-len, --train-on-inputs), has changed",
        path);
  check(entry("model") == run.model,
        "{}: was trained on another model: the weights or the configuration of --model, --dtype or --quantise have "
        "changed",
        path);
  const auto step = static_cast<std::int64_t>(number("step"));
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
  if (Generator* dropout = dropout_generator(model)) dropout->set_offset(number("dropout_offset"));
  training.set_done(step);
  return true;
}

}  // namespace adora::finetune
