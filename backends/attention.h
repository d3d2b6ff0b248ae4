#pragma once
#include "kernel.h"

namespace adora::backends {

/// Which keys a query sees, and what becomes of its products with them.
struct AttentionRule {
  double scale = 1;
  bool causal = false;      ///< query i sees the keys up to i + Tk - Tq
  std::int64_t window = 0;  ///< with `causal`: of those the last ones only; 0: all
  double softcap = 0;       ///< a scaled product s becomes softcap·tanh(s / softcap); 0: stays
};

/// out = softmax(scale·q·kᵀ)·v and lse, the logarithm of each softmax's sum. q, out [B, H, Tq, d]; k, v [B, H', Tk, d]
/// with H' a divisor of H: head h reads head h / (H / H'). A query that sees no key gives zeros. lse [B, H, Tq] is
/// contiguous and of the type arithmetic is done in; undefined where not wanted.
inline constinit Kernel<const Tensor& /*q*/, const Tensor& /*k*/, const Tensor& /*v*/, const AttentionRule&,
                        const Tensor& /*out*/, const Tensor& /*lse*/>
    attention{"attention"};

/// The gradients of attention from that of its output; undefined where not wanted, dk and dv both or neither.
inline constinit Kernel<const Tensor& /*q*/, const Tensor& /*k*/, const Tensor& /*v*/, const AttentionRule&,
                        const Tensor& /*out*/, const Tensor& /*lse*/, const Tensor& /*grad*/, const Tensor& /*dq*/,
                        const Tensor& /*dk*/, const Tensor& /*dv*/>
    attention_gradient{"attention_gradient"};

}  // namespace adora::backends
