#pragma once
#include "../../core/tensor.h"

namespace adora::backends::cuda {

/// A float32 matrix m [r, n] of any strides as the sum of two of a half type, which together hold 16 of its digits and
/// not 8: [2·r, n], first m rounded, then what that leaves.
Tensor two_halves(const Tensor& m, DType half);

}  // namespace adora::backends::cuda
