#include "activations.h"

#include <map>

#include "../../core/listed.h"
#include "../../ops/elementwise/celu.h"
#include "../../ops/elementwise/elu.h"
#include "../../ops/elementwise/gelu.h"
#include "../../ops/elementwise/gelu_tanh.h"
#include "../../ops/elementwise/hardshrink.h"
#include "../../ops/elementwise/hardsigmoid.h"
#include "../../ops/elementwise/hardswish.h"
#include "../../ops/elementwise/hardtanh.h"
#include "../../ops/elementwise/leaky_relu.h"
#include "../../ops/elementwise/logsigmoid.h"
#include "../../ops/elementwise/mish.h"
#include "../../ops/elementwise/relu.h"
#include "../../ops/elementwise/relu6.h"
#include "../../ops/elementwise/selu.h"
#include "../../ops/elementwise/sigmoid.h"
#include "../../ops/elementwise/silu.h"
#include "../../ops/elementwise/softplus.h"
#include "../../ops/elementwise/softshrink.h"
#include "../../ops/elementwise/softsign.h"
#include "../../ops/elementwise/tanh.h"
#include "../../ops/elementwise/tanhshrink.h"

namespace adora {
namespace {

using Function = Tensor (*)(const Tensor&);

const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> all{{"celu", [](const Tensor& x) { return celu(x); }},
                                                   {"elu", [](const Tensor& x) { return elu(x); }},
                                                   {"gelu", gelu},
                                                   {"gelu_tanh", gelu_tanh},
                                                   {"hardshrink", [](const Tensor& x) { return hardshrink(x); }},
                                                   {"hardsigmoid", hardsigmoid},
                                                   {"hardswish", hardswish},
                                                   {"hardtanh", [](const Tensor& x) { return hardtanh(x); }},
                                                   {"leaky_relu", [](const Tensor& x) { return leaky_relu(x); }},
                                                   {"logsigmoid", logsigmoid},
                                                   {"mish", mish},
                                                   {"relu", relu},
                                                   {"relu6", relu6},
                                                   {"selu", selu},
                                                   {"sigmoid", sigmoid},
                                                   {"silu", silu},
                                                   {"softplus", softplus},
                                                   {"softshrink", [](const Tensor& x) { return softshrink(x); }},
                                                   {"softsign", softsign},
                                                   {"tanh", tanh},
                                                   {"tanhshrink", tanhshrink}};
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
