#pragma once
#include "kernel.h"

namespace adora::backends {

/// out[…, j] = where in x[…, :] the element stands that comes in place first + j when the row is sorted upward, or
/// downward. Equal elements keep their order both ways; NaN counts as larger than any number.
/// x [rows…, n], out [rows…, m] int64, first + m <= n; any strides.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/, std::int64_t /*first*/, bool /*descending*/> order{
    "order"};

}  // namespace adora::backends
