#pragma once
#include <utility>
#include <vector>

#include "module.h"

namespace adora {

namespace detail {
/// Puts other tensors in the place of a module's parameters for as long as it lives.
class OtherParameters {
 public:
  OtherParameters(Module& module, const Tensors& parameters);
  ~OtherParameters();
  OtherParameters(const OtherParameters&) = delete;
  OtherParameters& operator=(const OtherParameters&) = delete;

  /// Every place where a parameter stands in the module and those under it, be it undefined, by its name: of tied
  /// weights each one. In the order of named_modules.
  static std::vector<std::pair<std::string, Tensor*>> places(Module& module);

 private:
  std::vector<std::pair<Tensor*, Tensor>> own_;  ///< where a parameter stands, and the module's own
};
}  // namespace detail

/// What the module computes with other tensors in the place of its parameters, as torch.func.functional_call: a module
/// as a function of its weights, which may themselves be computed, and gradients flow to what they were computed from.
/// `parameters` has one for each of module.parameters(), in that order, of its shape and dtype.
///
///     Tensors weights = net.parameters();
///     const Tensors g = gradients({mse_loss(net(x), y)}, weights, {.create_graph = true});
///     for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = weights[i] - 0.1 * g[i];
///     const Tensor after = functional_call(net, weights, x);
///
/// The module has its own parameters again when the call is over, by a return or by an exception; it must not be used
/// by another thread meanwhile. Buffers are its own, so that a BatchNorm in training mode goes on counting.
template <std::derived_from<Module> M, class... Inputs>
auto functional_call(M& module, const Tensors& parameters, const Inputs&... inputs) {
  const detail::OtherParameters others(module, parameters);
  return module(inputs...);
}

}  // namespace adora
