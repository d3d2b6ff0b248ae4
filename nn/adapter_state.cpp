#include <unordered_set>
#include <utility>

#include "../autograd/grad_mode.h"
#include "../ops/creation.h"
#include "adapter.h"

namespace adora {
namespace {

/// Every tensor of an adapter with PEFT's name for it.
std::vector<NamedTensor> named_tensors(Module& model, const std::string& name) {
  std::vector<NamedTensor> found;
  adapter(model, name);  // an error where there is none
  bool vera = false;
  for (auto& [module_name, module] : model.named_modules()) {
    auto* linear = dynamic_cast<Linear*>(module);
    auto* adapters = linear ? dynamic_cast<AdaptedLinear*>(linear->adapter()) : nullptr;
    AdapterLayer* layer = adapters ? adapters->find(name) : nullptr;
    if (!layer) continue;
    if (layer->vera_A.defined() && !std::exchange(vera, true)) {
      found.push_back({"base_model.vera_A", layer->vera_A});
      found.push_back({"base_model.vera_B", layer->vera_B});
    }
    std::string prefix = "base_model.model." + module_name + ".";
    auto add = [&](const char* suffix, const Tensor& x) {
      if (x.defined()) found.push_back({prefix + suffix, x});
    };
    add("lora_A.weight", layer->lora_A);
    add("lora_B.weight", layer->lora_B);
    add("lora_magnitude_vector", layer->magnitude);
    add("vera_lambda_d", layer->vera_d);
    add("vera_lambda_b", layer->vera_b);
  }
  return found;
}

/// As older versions of PEFT wrote the magnitude.
constexpr const char* older_magnitude = ".lora_magnitude_vector.weight";

}  // namespace

StateDict adapter_state_dict(Module& model, const std::string& name) {
  StateDict state;
  for (const auto& [key, x] : named_tensors(model, name)) state[key] = x;
  return state;
}

void load_adapter_state_dict(Module& model, const StateDict& given, const std::string& name) {
  StateDict state;
  for (const auto& [key, x] : given) {
    bool older = key.ends_with(older_magnitude);
    state[older ? key.substr(0, key.size() - std::string(".weight").size()) : key] = x;
  }
  std::vector<NamedTensor> here = named_tensors(model, name);
  std::unordered_set<std::string> known;
  for (const auto& [key, x] : here) {
    known.insert(key);
    auto found = state.find(key);
    check(found != state.end(), "adapter '{}': the tensor {} is missing", name, key);
    check(found->second.shape() == x.shape(), "adapter '{}': {} has shape {} and not {}", name, key,
          to_string(found->second.shape()), to_string(x.shape()));
    check(is_floating(found->second.dtype()), "adapter '{}': {} is {} and not floating", name, key,
          adora::name(found->second.dtype()));
  }
  for (const auto& [key, x] : state) {
    check(known.contains(key), "adapter '{}': nothing here takes the tensor {}", name, key);
  }
  NoGrad no_grad;
  for (const auto& [key, x] : here) copy_(x, to(state.at(key), x.device()));
}

}  // namespace adora
