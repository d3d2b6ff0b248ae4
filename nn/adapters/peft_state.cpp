#include <fmt/core.h>

#include "../../autograd/grad_mode.h"
#include "../../ops/creation.h"
#include "model_adapters.h"
#include "trained_tensors.h"

namespace adora {
namespace {

/// As older versions of PEFT wrote the magnitude.
constexpr const char* older_magnitude = ".lora_magnitude_vector.weight";
/// In front of what belongs to a layer that has an adapter.
const std::string base_layer = "base_layer.";

std::set<std::string> targets_of(Module& model, const std::string& name) {
  std::set<std::string> targets;
  for (const AdaptedModule& module : adapted_modules(model))
    if (module.find(name)) targets.insert(module.name);
  return targets;
}

/// PEFT may write weights of the model as well: of an embedding or output layer with an adapter, or whose vocabulary
/// has another size than the published one. They change nothing where they are the model's own.
void check_own(const std::string& where, const std::string& key, const Tensor& x, Tensor own) {
  // One of the two may have been rounded to the other's type.
  own = to(own, cpu);
  check(own.shape() == x.shape() && (same_bits(to(own, x.dtype()), x) || same_bits(own, to(x, own.dtype()))),
        "{}: {} is not the model's own: it was changed beside the adapter, or the adapter belongs to another model; "
        "name its module in modules_to_save, or save the model with it",
        where, key);
}

}  // namespace

StateDict adapter_state_dict(Module& model, const std::string& name) {
  StateDict state = under_peft_names(model, trained_tensors(model, adapter(model, name)), targets_of(model, name));
  for (const AdaptedModule& module : adapted_modules(model)) {
    const Adapter* found = module.find(name);
    if (!found) continue;
    for (const NamedTensor& one : found->peft_tensors(module.name)) state[one.name] = one.tensor;
  }
  return state;
}

StateDict match_adapter_state_dict(Module& model, const StateDict& given, const StateDict& wanted,
                                   const std::string& where) {
  const StateDict own = under_peft_names(model, own_parameters(model), {});
  StateDict state;
  for (const auto& [key, x] : given) {
    const bool older = key.ends_with(older_magnitude);
    const std::string name = older ? key.substr(0, key.size() - std::string(".weight").size()) : key;
    if (wanted.contains(name)) {
      state[name] = x;
      continue;
    }
    // What the wrapper of a saved module holds beside it, where all biases are trained.
    const auto within = [&](const std::string& part) {
      const std::size_t at = name.rfind(part);
      return at != name.npos && wanted.contains(name.substr(0, at) + name.substr(at + part.size() - 1));
    };
    if (within(".modules_to_save.") || within(".original_module.")) continue;
    std::string plain = name;
    if (const std::size_t at = plain.rfind(base_layer); at != plain.npos) plain.erase(at, base_layer.size());
    if (const auto found = own.find(plain); found != own.end()) check_own(where, key, x, found->second);
    else state[name] = x;
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
