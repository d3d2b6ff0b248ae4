#include "adapter_folder.h"

#include <algorithm>
#include <filesystem>

#include "../../autograd/variable.h"
#include "../../ops/creation.h"
#include "../finite.h"
#include "../io/file.h"
#include "../io/folder_writer.h"
#include "../io/safetensors.h"
#include "adapter_config_file.h"
#include "adapter_targets.h"

namespace adora {
namespace {

namespace fs = std::filesystem;

std::string weights_in(const std::string& folder) { return (fs::path(folder) / "adapter_model.safetensors").string(); }

std::string key_of(const AdapterTarget& target, const char* suffix) {
  return "base_model.model." + target.name + suffix;
}

bool is_zero(const Tensor& x) {
  std::vector<double> values = to_vector<double>(x);
  return std::all_of(values.begin(), values.end(), [](double value) { return value == 0; });
}

/// The shapes that decide how much memory a fresh adapter takes are looked at before it is made.
void check_ranks(const std::string& path, const AdapterTarget& target, const StateDict& state) {
  auto check_shape = [&](const std::string& key, const Shape& wanted) {
    auto found = state.find(key);
    check(found != state.end(), "{}: the tensor {} is missing", path, key);
    check(found->second.shape() == wanted, "{}: {} has shape {}, but the model and the config make it {}", path, key,
          found->second.shape(), wanted);
  };
  std::int64_t in = target.linear->in_features(), out = target.linear->out_features();
  if (is_vera(target.kind)) {
    check_shape(key_of(target, ".vera_lambda_d"), {target.rank});
  } else if (target.kind != AdapterKind::magnitude) {
    check_shape(key_of(target, ".lora_A.weight"), {target.rank, in});
    check_shape(key_of(target, ".lora_B.weight"), {out, target.rank});
  }
}

/// A module whose magnitude alone is trained may have matrices in a file, for PEFT's sake, that do nothing.
void drop_idle_matrices(const std::string& path, const AdapterTarget& target, StateDict& state) {
  if (target.kind != AdapterKind::magnitude) return;
  auto A = state.find(key_of(target, ".lora_A.weight")), B = state.find(key_of(target, ".lora_B.weight"));
  if (A == state.end() || B == state.end()) return;
  check(is_zero(A->second) || is_zero(B->second),
        "{}: {} and {} are not 0, but the config has the magnitude alone trained there", path, A->first, B->first);
  state.erase(A);
  state.erase(B);
}

/// Which adapters of a model act, which tensors are trained, and their gradients.
class TrainedState {
 public:
  explicit TrainedState(Module& model) : trainable_(model.trainable_parameters()), active_(active_adapters(model)) {
    for (const NamedTensor& one : trainable_) gradients_.push_back(grad(one.tensor));
  }
  void restore(Module& model) const {
    activate_adapters(model, active_);
    model.requires_grad(false);
    for (std::size_t i = 0; i < trainable_.size(); ++i) {
      requires_grad(trainable_[i].tensor);
      if (gradients_[i].defined()) set_grad(trainable_[i].tensor, gradients_[i]);
    }
  }

 private:
  std::vector<NamedTensor> trainable_;
  Tensors gradients_;
  std::vector<std::string> active_;
};

}  // namespace

AdapterConfig load_adapter(Module& model, const std::string& folder, const std::string& name,
                           const AdapterOptions& options) {
  AdapterConfig config = read_adapter_config(folder);
  std::string path = weights_in(folder);
  if (!file_exists(path) && file_exists((fs::path(folder) / "adapter_model.bin").string())) {
    fail("{}: has an adapter_model.bin; save it as adapter_model.safetensors, the form that is read", folder);
  }
  StateDict state = read_safetensors(path);
  check_finite(state, path);
  const TrainedState before(model);
  bool added = false;
  try {
    for (const AdapterTarget& target : adapter_targets(model, config)) {
      drop_idle_matrices(path, target, state);
      check_ranks(path, target, state);
    }
    if (is_vera(config.kind)) {
      auto A = state.find("base_model.vera_A");
      check(A != state.end(), "{}: the tensor base_model.vera_A is missing", path);
    }
    add_adapter(model, config, name, options);
    added = true;
    load_adapter_state_dict(model, state, name);
  } catch (const Error& error) {
    if (added) {
      remove_adapter(model, name);
      before.restore(model);
    }
    std::string text = error.what();
    throw Error(text.starts_with(printable(folder)) ? text : folder + ": " + text);
  }
  return config;
}

void save_adapter(Module& model, const std::string& folder, const std::string& name,
                  const std::vector<std::string>& obsolete) {
  const AdapterConfig& config = adapter(model, name).config;
  StateDict state = adapter_state_dict(model, name);
  for (const AdapterTarget& target : adapter_targets(model, config)) {
    auto magnitude = state.find(key_of(target, ".lora_magnitude_vector"));
    // PEFT has no magnitude without matrices; where the others are not DoRA's it can't read the folder anyway.
    bool dora = config.kind == AdapterKind::dora || config.kind == AdapterKind::magnitude;
    if (target.kind != AdapterKind::magnitude || !dora || magnitude == state.end()) continue;
    DType dtype = magnitude->second.dtype();
    std::int64_t rank = config.kind == AdapterKind::dora ? target.rank : 1;
    state[key_of(target, ".lora_A.weight")] = zeros({rank, target.linear->in_features()}, dtype);
    state[key_of(target, ".lora_B.weight")] = zeros({target.linear->out_features(), rank}, dtype);
  }
  check_finite(state, folder);
  FolderWriter writer(folder, "adapter_config.json");
  write_adapter_config(writer.file("adapter_config.json"), config);
  write_safetensors(writer.file("adapter_model.safetensors"), state, {{"format", "pt"}});
  for (const std::string& file : obsolete) writer.remove(file);
  writer.commit();
}

}  // namespace adora
