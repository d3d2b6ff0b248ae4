#pragma once
#include "kernel.h"

namespace adora::backends {

/// total [1], float64 = Σ x² over all numbers of all tensors, of any floating dtype and strides, summed in double in an
/// order that the sizes alone decide.
inline constinit Kernel<std::span<const Tensor> /*tensors*/, const Tensor& /*total*/> sum_of_squares{"sum_of_squares"};

}  // namespace adora::backends
