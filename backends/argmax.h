#pragma once
#include "kernel.h"

namespace adora::backends {

/// out[…, 0] = where in x[…, :] the largest element stands, or the smallest: the first of equal ones, a NaN before any
/// number. x [rows…, n], out [rows…, 1] int64; any strides.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/, bool /*smallest*/> argmax{"argmax"};

}  // namespace adora::backends
