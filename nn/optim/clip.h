#pragma once
#include "../module.h"

namespace adora {

/// The L2 norm of the gradients of all parameters taken as one vector.
double grad_norm(const std::vector<NamedTensor>& parameters);

/// Puts scaled gradients in the place of the parameters' own, so that their norm is at most `max_norm` (as PyTorch
/// does: by max_norm / (norm + 1e-6)); returns the norm before. Infinite or NaN norms stay as they are.
double clip_grad_norm(const std::vector<NamedTensor>& parameters, double max_norm);

/// Puts gradients in the place of the parameters' own whose numbers lie between ±`clip_value`; NaN stays.
void clip_grad_value(const std::vector<NamedTensor>& parameters, double clip_value);

// The same of tensors without names, as Module::parameters gives them.
double grad_norm(const Tensors& parameters);
double clip_grad_norm(const Tensors& parameters, double max_norm);
void clip_grad_value(const Tensors& parameters, double clip_value);

}  // namespace adora
