#pragma once
#include <concepts>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "optimizer.h"

namespace adora {

/// Options of an optimizer by their names; a bool is 0 or 1.
using OptimizerSettings = std::map<std::string, double>;

/// The optimizer of that name, "adamw". An error listing the names there are, or the options that it has, where one is
/// none of these.
std::unique_ptr<Optimizer> make_optimizer(const std::string& name, Parameters parameters,
                                          const OptimizerSettings& settings = {});
/// Sorted.
std::vector<std::string> optimizer_names();
/// The names of an optimizer's options, in their order.
std::vector<std::string> optimizer_options(const std::string& name);

/// An option of an optimizer: its name and the member that holds it.
template <class Options> struct OptimizerOption {
  const char* name;
  std::variant<double Options::*, bool Options::*, std::int64_t Options::*> member;
};

/// Makes an optimizer known; a static variable of its source file:
///
///     const RegisterOptimizer registered = register_optimizer<SGD, SgdOptions>("sgd", {{"lr", &SgdOptions::lr}});
struct RegisterOptimizer {
  using Make = std::function<std::unique_ptr<Optimizer>(Parameters, const OptimizerSettings&)>;
  RegisterOptimizer(std::string name, std::vector<std::string> options, Make make);
};

template <std::derived_from<Optimizer> O, class Options>
RegisterOptimizer register_optimizer(const char* name, std::vector<OptimizerOption<Options>> options) {
  std::vector<std::string> names;
  for (const auto& option : options) names.emplace_back(option.name);
  const auto make = [options](Parameters parameters, const OptimizerSettings& settings) -> std::unique_ptr<Optimizer> {
    Options chosen;
    for (const auto& option : options) {
      const auto found = settings.find(option.name);
      if (found == settings.end()) continue;
      std::visit(
          [&](auto member) {
            using Value = std::remove_reference_t<decltype(chosen.*member)>;
            const double value = found->second;
            const bool fits =
                std::is_same_v<Value, double> || (value >= 0 && value <= (std::is_same_v<Value, bool> ? 1 : 1e9) &&
                                                  value == static_cast<double>(static_cast<std::int64_t>(value)));
            check(fits, "optimizer: {} must be a {}, not {}", option.name,
                  std::is_same_v<Value, bool> ? "bool, 0 or 1" : "whole number", value);
            chosen.*member = static_cast<Value>(value);
          },
          option.member);
    }
    return std::make_unique<O>(std::move(parameters), chosen);
  };
  return {name, std::move(names), make};
}

}  // namespace adora
