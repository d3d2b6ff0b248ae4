#pragma once
#include "kernel.h"

namespace adora::backends {

/// out = alpha·a·b + beta·out for each matrix of a batch.
/// a [batch…, m, k], b [batch…, k, n], out [batch…, m, n]: the same batch dimensions
/// (stride 0 where broadcast), one floating dtype, any strides. Half types
/// accumulate in float32. With beta 0 whatever `out` holds, NaN included, is ignored.
inline constinit Kernel<const Tensor& /*a*/, const Tensor& /*b*/, const Tensor& /*out*/, double /*alpha*/,
                        double /*beta*/>
    gemm{"gemm"};

}  // namespace adora::backends
