#include "undecayed.h"

namespace adora {
namespace {

bool is_normalization(const Module& module) {
  const std::string name = class_name(module);
  const std::size_t at = name.rfind("Norm");
  if (at == std::string::npos) return false;
  const std::string after = name.substr(at + 4);
  return after.empty() || (after.size() == 2 && after[0] >= '1' && after[0] <= '3' && after[1] == 'd');
}

}  // namespace

std::set<std::string> undecayed_parameters(Module& module) {
  std::set<std::string> names;
  for (const auto& [path, part] : module.named_modules()) {
    if (!is_normalization(*part)) continue;
    for (const NamedTensor& one : part->named_parameters())
      names.insert(path.empty() ? one.name : path + "." + one.name);
  }
  for (const NamedTensor& one : module.named_parameters())
    if (one.name.substr(one.name.rfind('.') + 1).find("bias") != std::string::npos) names.insert(one.name);
  return names;
}

}  // namespace adora
