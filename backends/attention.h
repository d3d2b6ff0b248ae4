#pragma once
#include "kernel.h"

namespace adora::backends {

/// out = softmax(scale·q·kᵀ)·v and lse, the logarithm of each softmax's sum. q, out [B, H, Tq, d]; k, v [B, H', Tk, d]
/// with H' a divisor of H: head h reads head h / (H / H'). With `causal` query i sees the keys up to i + Tk - Tq; one
/// that sees none gives zeros. lse [B, H, Tq] is contiguous and of the type arithmetic is done in; undefined where not
/// wanted.
inline constinit Kernel<const Tensor& /*q*/, const Tensor& /*k*/, const Tensor& /*v*/, bool /*causal*/,
                        double /*scale*/, const Tensor& /*out*/, const Tensor& /*lse*/>
    attention{"attention"};

/// The gradients of attention from that of its output; undefined where not wanted, dk and dv both or neither.
inline constinit Kernel<const Tensor& /*q*/, const Tensor& /*k*/, const Tensor& /*v*/, bool /*causal*/,
                        double /*scale*/, const Tensor& /*out*/, const Tensor& /*lse*/, const Tensor& /*grad*/,
                        const Tensor& /*dq*/, const Tensor& /*dk*/, const Tensor& /*dv*/>
    attention_gradient{"attention_gradient"};

}  // namespace adora::backends
