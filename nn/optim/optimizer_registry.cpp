#include "optimizer_registry.h"

#include <algorithm>

#include "../../core/listed.h"

namespace adora {
namespace {

struct Entry {
  std::vector<std::string> options;
  RegisterOptimizer::Make make;
};

std::map<std::string, Entry>& entries() {
  static std::map<std::string, Entry> all;
  return all;
}

const Entry& entry_of(const std::string& name) {
  const auto found = entries().find(name);
  check(found != entries().end(), "there is no optimizer '{}'; there are {}", shortened(name),
        listed(optimizer_names()));
  return found->second;
}

}  // namespace

RegisterOptimizer::RegisterOptimizer(std::string name, std::vector<std::string> options, Make make) {
  entries()[std::move(name)] = {std::move(options), std::move(make)};
}

std::unique_ptr<Optimizer> make_optimizer(const std::string& name, Parameters parameters,
                                          const OptimizerSettings& settings) {
  const Entry& entry = entry_of(name);
  for (const auto& [option, value] : settings)
    check(std::find(entry.options.begin(), entry.options.end(), option) != entry.options.end(),
          "optimizer: {} has no option '{}'; it has {}", name, shortened(option), listed(entry.options));
  return entry.make(std::move(parameters), settings);
}

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries()) names.push_back(name);
  return names;
}

std::vector<std::string> optimizer_options(const std::string& name) { return entry_of(name).options; }

}  // namespace adora
