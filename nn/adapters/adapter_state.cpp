#include <fmt/core.h>

#include <utility>

#include "../../autograd/grad_mode.h"
#include "../../ops/creation.h"
#include "../layers/embedding.h"
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

const std::string base_prefix = "base_model.model.", base_suffix = ".base_layer.weight";

bool is_base_weight(const std::string& key) {
  return key.starts_with(base_prefix) && key.ends_with(base_suffix) &&
         key.size() > base_prefix.size() + base_suffix.size();
}

/// PEFT writes the frozen weight of an adapted embedding or output layer as well. It changes nothing where it is the
/// model's own.
void check_base_weight(Module& model, const std::string& adapter, const std::string& key, const Tensor& x) {
  const std::string module = key.substr(base_prefix.size(), key.size() - base_prefix.size() - base_suffix.size());
  Tensor own;
  for (auto& [path, found] : model.named_modules()) {
    if (path != module) continue;
    if (auto* linear = dynamic_cast<Linear*>(found)) own = linear->weight;  // undefined where it is quantized
    if (auto* embedding = dynamic_cast<Embedding*>(found)) own = embedding->weight;
  }
  // One of the two may have been rounded to the other's type.
  if (own.defined()) own = to(own, cpu);
  check(own.defined() && (same_bits(to(own, x.dtype()), x) || same_bits(own, to(x, own.dtype()))),
        "adapter '{}': {} is not the model's own weight; the adapter belongs to another model", adapter, key);
}

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
  const StateDict here = adapter_state_dict(model, name);
  for (const auto& [key, x] : given)
    if (is_base_weight(key)) check_base_weight(model, name, key, x), state.erase(key);
  state = match_state_dict(state, {here}, fmt::format("adapter '{}'", name));
  NoGrad no_grad;
  for (const auto& [key, x] : here) copy_(x, to(state.at(key), x.device()));
}

}  // namespace adora
