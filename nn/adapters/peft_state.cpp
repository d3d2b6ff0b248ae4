#include <fmt/core.h>

#include "../../autograd/grad_mode.h"
#include "../../ops/creation.h"
#include "model_adapters.h"

namespace adora {
namespace {

/// As older versions of PEFT wrote the magnitude.
constexpr const char* older_magnitude = ".lora_magnitude_vector.weight";

const std::string base_prefix = "base_model.model.", base_suffix = ".base_layer.weight";

bool is_base_weight(const std::string& key) {
  return key.starts_with(base_prefix) && key.ends_with(base_suffix) &&
         key.size() > base_prefix.size() + base_suffix.size();
}

/// PEFT writes the frozen weight of an adapted embedding or output layer as well. It changes nothing where it is the
/// model's own.
void check_base_weight(Module& model, const std::string& where, const std::string& key, const Tensor& x) {
  const std::string module = key.substr(base_prefix.size(), key.size() - base_prefix.size() - base_suffix.size());
  Tensor own;
  for (auto& [path, found] : model.named_modules()) {
    if (path != module) continue;
    if (auto* layer = dynamic_cast<AdaptableLayer*>(found)) own = layer->weight;  // undefined where it is quantized
  }
  // One of the two may have been rounded to the other's type.
  if (own.defined()) own = to(own, cpu);
  check(own.defined() && (same_bits(to(own, x.dtype()), x) || same_bits(own, to(x, own.dtype()))),
        "{}: {} is not the model's own weight; the adapter belongs to another model", where, key);
}

}  // namespace

StateDict adapter_state_dict(Module& model, const std::string& name) {
  adapter(model, name);  // an error where there is none
  StateDict state;
  for (const AdaptedModule& module : adapted_modules(model)) {
    const Adapter* found = module.find(name);
    if (!found) continue;
    for (const NamedTensor& one : found->peft_tensors(module.name)) state[one.name] = one.tensor;
  }
  return state;
}

StateDict match_adapter_state_dict(Module& model, const StateDict& given, const StateDict& wanted,
                                   const std::string& where) {
  StateDict state;
  for (const auto& [key, x] : given) {
    if (is_base_weight(key)) {
      check_base_weight(model, where, key, x);
      continue;
    }
    const bool older = key.ends_with(older_magnitude);
    state[older ? key.substr(0, key.size() - std::string(".weight").size()) : key] = x;
  }
  return match_state_dict(state, {wanted}, where);
}

void load_adapter_state_dict(Module& model, const StateDict& given, const std::string& name) {
  const StateDict here = adapter_state_dict(model, name);
  const StateDict state = match_adapter_state_dict(model, given, here, fmt::format("adapter '{}'", name));
  NoGrad no_grad;
  for (const auto& [key, x] : here) copy_(x, to(state.at(key), x.device()));
}

}  // namespace adora
