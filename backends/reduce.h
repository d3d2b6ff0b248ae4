#pragma once
#include "kernel.h"

namespace adora::backends {

enum class ReduceOp { sum, sum_of_squares, max, min };

/// out = x reduced over the dimensions in which out has size 1 and x has not; both have
/// the same number of dimensions and dtype. Floating sums are accumulated in blocks that
/// are added in double. The max of nothing is -inf, the min +inf; NaN anywhere gives NaN.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/, ReduceOp> reduce{"reduce"};

}  // namespace adora::backends
