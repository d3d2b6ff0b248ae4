#pragma once
#include "kernel.h"

namespace adora::backends {

/// out[…, 0] = where in x[…, :] the largest element stands, the first of equal ones, NaN counting as largest.
/// x [rows…, n], out [rows…, 1] int64; any strides.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/> argmax{"argmax"};

}  // namespace adora::backends
