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

/// out = a·b + bias in every row: a [m, k], b [k, n], bias [n], out [m, n], of one floating dtype, any strides.
inline constinit Kernel<const Tensor& /*a*/, const Tensor& /*b*/, const Tensor& /*bias*/, const Tensor& /*out*/>
    gemm_bias{"gemm_bias"};

/// The same on any device: the bias in every row, and the product added.
void gemm_onto_bias(const Tensor& a, const Tensor& b, const Tensor& bias, const Tensor& out);

}  // namespace adora::backends
