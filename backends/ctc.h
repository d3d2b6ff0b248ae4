#pragma once
#include "kernel.h"

/// Connectionist temporal classification (Graves et al. 2006, section 4), in logarithms and float64.
///
/// log_probs [T, N, C] contiguous, float32 or float64; targets [N, S], input_lengths [N] and target_lengths [N] int64,
/// contiguous, each within its bounds. A target of n labels has 2n + 1 states: the labels with a blank before, between
/// and after them. log_alpha [N, T, 2S + 1] float64 is written where a sequence has times and states, and nowhere read
/// else.
namespace adora::backends {

/// losses [N] = -log Σ over all paths of their probability, in log_probs' dtype; +inf where there is no path.
inline constinit Kernel<const Tensor& /*log_probs*/, const Tensor& /*targets*/, const Tensor& /*input_lengths*/,
                        const Tensor& /*target_lengths*/, std::int64_t /*blank*/, const Tensor& /*losses*/,
                        const Tensor& /*log_alpha*/>
    ctc_loss{"ctc_loss"};

/// out[t, n, c] = -g[n]·Σ of the probabilities that sequence n is in a state of label c at time t, given its target;
/// zeros where its loss is infinite. out as log_probs; g [N] contiguous.
inline constinit Kernel<const Tensor& /*log_probs*/, const Tensor& /*targets*/, const Tensor& /*input_lengths*/,
                        const Tensor& /*target_lengths*/, std::int64_t /*blank*/, const Tensor& /*log_alpha*/,
                        const Tensor& /*g*/, const Tensor& /*out*/>
    ctc_loss_gradient{"ctc_loss_gradient"};

}  // namespace adora::backends
