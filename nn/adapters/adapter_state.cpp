#include <unordered_set>
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

/// PEFT writes the frozen weight of an adapted embedding or output layer as well. It changes nothing where it is the
/// model's own; any other surplus tensor is an error.
void check_base_weight(Module& model, const std::string& adapter, const std::string& key, const Tensor& x) {
  const std::string prefix = "base_model.model.", suffix = ".base_layer.weight";
  const bool base = key.starts_with(prefix) && key.ends_with(suffix) && key.size() > prefix.size() + suffix.size();
  check(base, "adapter '{}': nothing here takes the tensor {}", adapter, shortened(key));
  const std::string module = key.substr(prefix.size(), key.size() - prefix.size() - suffix.size());
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
  std::vector<NamedTensor> here = named_tensors(model, name);
  std::unordered_set<std::string> known;
  for (const auto& [key, x] : here) {
    known.insert(key);
    auto found = state.find(key);
    check(found != state.end(), "adapter '{}': the tensor {} is missing", name, key);
    check(found->second.shape() == x.shape(), "adapter '{}': {} has shape {} and not {}", name, key,
          found->second.shape(), x.shape());
    check(is_floating(found->second.dtype()), "adapter '{}': {} is {} and not floating", name, key,
          adora::name(found->second.dtype()));
  }
  for (const auto& [key, x] : state) {
    if (!known.contains(key)) check_base_weight(model, name, key, x);
  }
  NoGrad no_grad;
  for (const auto& [key, x] : here) copy_(x, to(state.at(key), x.device()));
}

}  // namespace adora
