#pragma once
#include "loss.h"

namespace adora {

struct CtcOptions {
  std::int64_t blank = 0;  ///< the class that stands for no label
  Reduction reduction = Reduction::mean;
  bool zero_infinity = false;  ///< losses of targets that no path gives count as 0, not as infinite
};

/// -log of the probability that a network's outputs give a target, over all alignments (Graves et al. 2006,
/// "Connectionist temporal classification"): log_probs [T, N, C], logarithms of probabilities, with targets [N, S], or
/// one after the other in [Σ target_lengths], and lengths [N]; or one sequence [T, C], [S], [] and []. Lengths and
/// targets are int64; no target is the blank. Computed in logarithms and float64.
///
/// The mean is over each loss divided by its target's length (at least 1), as in PyTorch; results have no dimensions,
/// or [N] (or []) for Reduction::none, and are float32 for half types. A target that no path gives, as one longer than
/// its outputs, has the loss +inf and the gradient 0 (PyTorch: NaN). The gradient is the derivative by log_probs;
/// PyTorch's own differs by what a log_softmax before it takes out again. Recorded, with gradients of gradients, which
/// cost many operations a time step.
Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                const Tensor& target_lengths, const CtcOptions& options = {});

}  // namespace adora
