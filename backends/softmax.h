#pragma once
#include "kernel.h"

namespace adora::backends {

/// y = softmax of each row of x, or its logarithm. x, y [rows…, n], of one floating dtype, any strides.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*y*/, bool /*logarithm*/> softmax{"softmax"};

/// The gradient for x from the result y and its gradient g:
/// y·(g - Σ g·y) for softmax, g - e^y·Σ g for its logarithm.
inline constinit Kernel<const Tensor& /*y*/, const Tensor& /*g*/, const Tensor& /*dx*/, bool /*logarithm*/>
    softmax_backward{"softmax_backward"};

}  // namespace adora::backends
