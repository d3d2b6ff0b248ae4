#pragma once
#include "../core/tensor.h"

namespace adora {

/// silu(gate)·up, the activation of Llama's MLP (Shazeer 2020): gate and up of one shape and dtype. Its backward pass
/// goes once over the numbers for both gradients and keeps nothing but the inputs.
Tensor swiglu(const Tensor& gate, const Tensor& up);

}  // namespace adora
