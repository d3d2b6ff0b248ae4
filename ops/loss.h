#pragma once
#include "../core/tensor.h"

namespace adora {

/// How the tokens' losses are combined.
enum class Reduction {
  mean,  ///< over the tokens that are not ignored
  sum,
  none,  ///< one loss for each token, 0 where ignored
};

struct CrossEntropyOptions {
  std::int64_t ignore_index = -100;  ///< tokens with this target do not count
  Reduction reduction = Reduction::mean;
};

/// -log softmax(logits)[target] for each row: logits [N, V], targets [N] int64 in 0 … V - 1 or the ignore index
/// (another number is an error). The result has no dimensions, or [N] for Reduction::none; it is float32 for half
/// types. Where every token is ignored the mean is 0 and so are the gradients (PyTorch: NaN), so that a batch of
/// nothing but padding changes nothing.
Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options = {});

/// cross_entropy(linear(x, weight), targets) without the logits [N, V] ever being whole in memory: x [N, D], weight [V,
/// D]. Where a gradient is wanted it is computed block by block along with the loss, while the block's logits are at
/// hand; backward then only scales it. Gradients of gradients are those of the two functions written out.
Tensor linear_cross_entropy(const Tensor& x, const Tensor& weight, const Tensor& targets,
                            const CrossEntropyOptions& options = {});

}  // namespace adora
