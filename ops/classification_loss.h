#pragma once
#include "loss.h"

/// Losses of classes; cross_entropy is in loss.h. Results have no dimensions, or for Reduction::none one loss for each
/// element or row, and are float32 for half types. All are recorded, with gradients of gradients.
namespace adora {

/// -target·log input - (1 - target)·log(1 - input) of probabilities, times `weight`, which broadcasts to the input's
/// shape. As in PyTorch the logarithms are at least -100, and the gradient (input - target) / (input·(1 - input)) has a
/// divisor of at least 1e-12. An input outside of 0 … 1 is an error.
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const Tensor& weight = {},
                            Reduction reduction = Reduction::mean);

struct BinaryCrossEntropyOptions {
  Tensor weight = {};  ///< of each element's loss; broadcasts to the input's shape
  Reduction reduction = Reduction::mean;
  Tensor pos_weight = {};  ///< of the term with the target, to balance rare positives; broadcasts to the input's shape
};

/// -pos_weight·target·log σ(input) - (1 - target)·log(1 - σ(input)), exact for logits of any size.
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        const BinaryCrossEntropyOptions& options = {});

struct NllOptions {
  Tensor weight = {};                ///< [C]: by which a loss of each class counts, in the mean too
  std::int64_t ignore_index = -100;  ///< places with this target do not count
  Reduction reduction = Reduction::mean;
};

/// -input[n, target[n, …], …] of log probabilities: input [C], [N, C] or [N, C, d1, …], targets int64 [], [N] or
/// [N, d1, …]. Where every place is ignored, or has a class of weight 0, the mean is 0 and so are the gradients
/// (PyTorch: NaN), as cross_entropy's.
Tensor nll_loss(const Tensor& input, const Tensor& target, const NllOptions& options = {});

/// target·(log target - input) of log probabilities `input` and probabilities `target`, or their logarithms with
/// `log_target`; a target of 0 counts as 0, and has a gradient of 0 (PyTorch: NaN). Reduction::mean is over all
/// elements, which is PyTorch's and no divergence; Reduction::batchmean, the sum over the first size, is one.
Tensor kl_div(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean,
              bool log_target = false);

/// log(1 + exp(-target·input)) for targets of 1 and -1.
Tensor soft_margin_loss(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean);

/// The mean over the classes, the last dimension, of binary_cross_entropy_with_logits; `weight` [C] or undefined.
Tensor multilabel_soft_margin_loss(const Tensor& input, const Tensor& target, const Tensor& weight = {},
                                   Reduction reduction = Reduction::mean);

struct MultiMarginOptions {
  int p = 1;  ///< 1 or 2
  double margin = 1;
  Tensor weight = {};  ///< [C]: by which a loss of each class counts
  Reduction reduction = Reduction::mean;
};
/// max(0, margin - input[target] + input[c])^p summed over the classes c but the target's, divided by the number of
/// classes: input [N, C] or [C], target int64 [N] or [].
Tensor multi_margin_loss(const Tensor& input, const Tensor& target, const MultiMarginOptions& options = {});

}  // namespace adora
