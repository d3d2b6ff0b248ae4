#include "functional_call.h"

#include <unordered_set>

namespace adora::detail {

OtherParameters::OtherParameters(Module& module, const Tensors& parameters) {
  const auto slots = module.slots(false);
  check(parameters.size() == slots.size(), "functional_call: {} tensors were given for the {} parameters of {}",
        parameters.size(), slots.size(), class_name(module));
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const auto& [name, own] = slots[i];
    check(parameters[i].defined(), "functional_call: the tensor for '{}' is undefined", name);
    check(parameters[i].shape() == own->shape() && parameters[i].dtype() == own->dtype(),
          "functional_call: the tensor for '{}' is {}, but the parameter is {}", name, describe(parameters[i]),
          describe(*own));
  }
  // Every place of a tied parameter, and a part that stands in several places once.
  std::unordered_set<const Tensor*> seen;
  for (const auto& [name, place] : places(module)) {
    if (!place->defined() || !seen.insert(place).second) continue;
    for (std::size_t i = 0; i < slots.size(); ++i)
      if (place->is(*slots[i].second)) own_.emplace_back(place, parameters[i]);
  }
  for (auto& [place, tensor] : own_) std::swap(*place, tensor);
}

std::vector<std::pair<std::string, Tensor*>> OtherParameters::places(Module& module) {
  std::vector<std::pair<std::string, Tensor*>> found;
  for (const auto& [path, part] : module.named_modules()) {
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const ModuleSlot& slot : part->slots_) {
      if (!slot.is_parameter) continue;
      if (!slot.list) found.emplace_back(prefix + slot.name, slot.tensor);
      else
        for (std::size_t i = 0; i < slot.list->size(); ++i)
          found.emplace_back(prefix + slot.name + "." + std::to_string(i), &(*slot.list)[i]);
    }
  }
  return found;
}

OtherParameters::~OtherParameters() {
  for (auto& [place, tensor] : own_) std::swap(*place, tensor);
}

}  // namespace adora::detail
