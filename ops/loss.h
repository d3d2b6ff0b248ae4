#pragma once
#include "../core/tensor.h"

namespace adora {

/// How the elements' losses are combined.
enum class Reduction {
  mean,  ///< over the elements; of cross_entropy and nll_loss, those that are not ignored, by their classes' weights
  sum,
  none,       ///< one loss for each element, 0 where ignored
  batchmean,  ///< the sum over the first size; of kl_div alone
};

struct CrossEntropyOptions {
  std::int64_t ignore_index = -100;  ///< tokens with this target do not count
  Reduction reduction = Reduction::mean;
  Tensor weight = {};          ///< [C]: by which a loss of each class counts; undefined: all by 1
  double label_smoothing = 0;  ///< in 0 … 1: the part of each target that is spread evenly over all classes
};

/// -log softmax(logits)[target] for each row: logits [N, V], targets [N] int64 in 0 … V - 1 or the ignore index
/// (another number is an error). The result has no dimensions, or [N] for Reduction::none; it is float32 for half
/// types. Where every token is ignored the mean is 0 and so are the gradients (PyTorch: NaN), so that a batch of
/// nothing but padding changes nothing.
///
/// As PyTorch's it also takes logits [V] with a target [], and logits [N, V, d1, …] with targets [N, d1, …]; a weight
/// for each class, by which the mean is weighted too; and smoothed labels. Targets of the logits' shape and dtype are
/// probabilities of the classes, Σ -target·log softmax(logits), of which the mean is over the rows; none is ignored.
Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options = {});

/// cross_entropy(linear(x, weight), targets) without the logits [N, V] ever being whole in memory: x [N, D], weight [V,
/// D]. Where a gradient is wanted it is computed block by block along with the loss, while the block's logits are at
/// hand; backward then only scales it. Gradients of gradients are those of the two functions written out. It takes no
/// weights of classes and no smoothing.
Tensor linear_cross_entropy(const Tensor& x, const Tensor& weight, const Tensor& targets,
                            const CrossEntropyOptions& options = {});

}  // namespace adora
