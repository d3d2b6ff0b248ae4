#include "adapter.h"

#include <map>

#include "../../core/listed.h"
#include "../layers/linear.h"

namespace adora {
namespace {

std::map<std::string, std::unique_ptr<const AdapterKind>>& kinds() {
  static std::map<std::string, std::unique_ptr<const AdapterKind>> all;
  return all;
}

}  // namespace

DType adapter_dtype(const AdaptableLayer& layer) { return layer.dtype() == float64 ? float64 : float32; }

void refuse_target(const AdapterTarget& target, const std::string& why) {
  fail("adapter: {} can't go on {} ({}): {}", target.kind->name(), target.name, class_name(*target.layer), why);
}

void AdapterKind::check_target(const AdapterTarget& target) const {
  if (!dynamic_cast<const Linear*>(target.layer)) refuse_target(target, "it goes on Linear modules alone");
}

std::string peft_name(const std::string& module, const std::string& suffix) {
  return "base_model.model." + module + "." + suffix;
}

RegisterAdapterKind::RegisterAdapterKind(std::unique_ptr<const AdapterKind> kind) {
  const std::string name = kind->name();
  kinds()[name] = std::move(kind);
}

std::vector<std::unique_ptr<Adapter>> make_adapters(const std::vector<AdapterTarget>& targets,
                                                    const std::shared_ptr<AdapterShared>& shared,
                                                    Generator& generator) {
  std::vector<std::unique_ptr<Adapter>> made(targets.size());
  for (const std::string& name : adapter_kinds()) {
    std::vector<AdapterTarget> those;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < targets.size(); ++i)
      if (targets[i].kind->name() == name) those.push_back(targets[i]), places.push_back(i);
    std::vector<std::unique_ptr<Adapter>> of_kind = adapter_kind(name).make(those, shared, generator);
    for (std::size_t i = 0; i < places.size(); ++i) made[places[i]] = std::move(of_kind[i]);
  }
  return made;
}

const AdapterKind* find_adapter_kind(const std::string& name) {
  const auto found = kinds().find(name);
  return found == kinds().end() ? nullptr : found->second.get();
}

const AdapterKind& adapter_kind(const std::string& name) {
  const AdapterKind* kind = find_adapter_kind(name);
  if (!kind) fail("there is no kind of adapter '{}'; there are {}", name, listed(adapter_kinds()));
  return *kind;
}

std::vector<std::string> adapter_kinds() {
  std::vector<std::string> names;
  for (const auto& [name, kind] : kinds()) names.push_back(name);
  return names;
}

}  // namespace adora
