#pragma once
#include "kernel.h"

namespace adora::backends {

/// out[…, i, j] = x[…, i, j] where j - i <= diagonal (lower), or >= diagonal (upper), and 0 elsewhere; any dtype, any
/// strides.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/, std::int64_t /*diagonal*/, bool /*upper*/> triangle{
    "triangle"};

}  // namespace adora::backends
