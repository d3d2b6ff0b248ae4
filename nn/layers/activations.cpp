#include "activations.h"

#include <map>

#include "../../core/listed.h"
#include "../../ops/elementwise/gelu.h"
#include "../../ops/elementwise/gelu_tanh.h"
#include "../../ops/elementwise/leaky_relu.h"
#include "../../ops/elementwise/relu.h"
#include "../../ops/elementwise/sigmoid.h"
#include "../../ops/elementwise/silu.h"
#include "../../ops/elementwise/softplus.h"
#include "../../ops/elementwise/tanh.h"

namespace adora {
namespace {

using Function = Tensor (*)(const Tensor&);

const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> all{
      {"relu", relu},           {"gelu", gelu},
      {"gelu_tanh", gelu_tanh}, {"silu", silu},
      {"sigmoid", sigmoid},     {"tanh", tanh},
      {"softplus", softplus},   {"leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.01); }}};
  return all;
}

Function function_of(const std::string& name) {
  const auto found = functions().find(name);
  check(found != functions().end(), "there is no activation '{}'; there are {}", shortened(name),
        listed(activation_names()));
  return found->second;
}

}  // namespace

Activation::Activation(const std::string& name) : name_(name), function_(function_of(name)) {}

Activation::Activation(std::string name, std::function<Tensor(const Tensor&)> function)
    : name_(std::move(name)), function_(std::move(function)) {
  check(function_ != nullptr, "Activation: '{}' is an empty function", name_);
}

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const auto& [name, function] : functions()) names.push_back(name);
  return names;
}

}  // namespace adora
