#pragma once
#include "kernel.h"

namespace adora::backends {

/// weights[t] = 0 where targets[t] is ignore_index, else 1, or with `mean` 1 over how many of them count.
/// targets [N] int64 in 0 … classes - 1, an error naming `op` otherwise; weights [N] float32 or float64.
inline constinit Kernel<const char* /*op*/, const Tensor& /*targets*/, std::int64_t /*ignore_index*/,
                        std::int64_t /*classes*/, bool /*mean*/, const Tensor& /*weights*/>
    loss_weights{"loss_weights"};

/// lse[t] = log Σ_v exp(logits[t, v]) and losses[t] = weights[t]·(lse[t] - logits[t, targets[t]]); losses are 0 where
/// the weight is. logits [N, V]; weights, losses, lse [N] of the type that arithmetic on logits is done in.
inline constinit Kernel<const Tensor& /*logits*/, const Tensor& /*targets*/, const Tensor& /*weights*/,
                        const Tensor& /*losses*/, const Tensor& /*lse*/>
    cross_entropy{"cross_entropy"};

/// out[t, v] = weights[t]·(exp(logits[t, v] - lse[t]) - [v = targets[t]]); zeros where the weight is 0.
inline constinit Kernel<const Tensor& /*logits*/, const Tensor& /*targets*/, const Tensor& /*weights*/,
                        const Tensor& /*lse*/, const Tensor& /*out*/>
    cross_entropy_gradient{"cross_entropy_gradient"};

/// The losses of logits x·Wᵀ and their weighted sum's gradients, block by block: the logits are never in memory
/// whole. x [N, D], weight [V, D] of one dtype; targets, weights and losses as above; dx [N, D] and dweight [V, D]
/// of the type arithmetic is done in, undefined where not wanted. Tokens with weight 0 cost nothing.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*weight*/, const Tensor& /*targets*/,
                        const Tensor& /*weights*/, const Tensor& /*losses*/, const Tensor& /*dx*/,
                        const Tensor& /*dweight*/>
    linear_cross_entropy{"linear_cross_entropy"};

}  // namespace adora::backends
