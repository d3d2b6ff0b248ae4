#pragma once
#include "kernel.h"

namespace adora::backends {

/// out[i, …] = weight[ids[i], …]: weight [V, D], ids [N] int64 (an error outside 0 … V - 1), out [N, D] contiguous.
inline constinit Kernel<const Tensor& /*weight*/, const Tensor& /*ids*/, const Tensor& /*out*/> embedding{"embedding"};

/// out[v] = Σ grad[i] over the i with ids[i] = v, added in the order of i: grad [N, D], out [V, D] contiguous, of
/// grad's dtype. Half types are added in float32.
inline constinit Kernel<const Tensor& /*grad*/, const Tensor& /*ids*/, const Tensor& /*out*/> embedding_gradient{
    "embedding_gradient"};

}  // namespace adora::backends
