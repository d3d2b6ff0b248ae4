#pragma once
#include <concepts>

#include "../module.h"

namespace adora {

/// The L2 norm of the gradients of all parameters taken as one vector.
double grad_norm(const std::vector<NamedTensor>& parameters);

/// Puts scaled gradients in the place of the parameters' own, so that their norm is at most `max_norm` (as PyTorch
/// does: by max_norm / (norm + 1e-6)); returns the norm before. Infinite or NaN norms stay as they are.
double clip_grad_norm(const std::vector<NamedTensor>& parameters, double max_norm);

/// Puts gradients in the place of the parameters' own whose numbers lie between ±`clip_value`; NaN stays.
void clip_grad_value(const std::vector<NamedTensor>& parameters, double clip_value);

namespace detail {
/// Named "0", "1", …
std::vector<NamedTensor> numbered(const Tensors& tensors);
}  // namespace detail

// The same of tensors without names, as Module::parameters gives them. (Templates, so that an empty list in braces is
// no question of which is meant.)
template <std::same_as<Tensors> T> double grad_norm(const T& parameters) {
  return grad_norm(detail::numbered(parameters));
}
template <std::same_as<Tensors> T> double clip_grad_norm(const T& parameters, double max_norm) {
  return clip_grad_norm(detail::numbered(parameters), max_norm);
}
template <std::same_as<Tensors> T> void clip_grad_value(const T& parameters, double clip_value) {
  clip_grad_value(detail::numbered(parameters), clip_value);
}

}  // namespace adora
