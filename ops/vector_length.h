#pragma once
// Not in adora.h: the library's own.
#include "../core/tensor.h"

namespace adora::detail {

/// (Σ |x|ᵖ)^(1/p) along the last dimension of a floating tensor, with a gradient of 0 where it is 0; p from 0, where it
/// counts the numbers that are not 0, up to infinity, where it is the largest. Recorded.
Tensor vector_length(const Tensor& x, double p, bool keepdim);

}  // namespace adora::detail
