#pragma once
#include <vector>

#include "../core/tensor.h"

namespace adora {

/// Which numbers of a row make a pair: (i, i + d/2), as Hugging Face stores Llama's weights, or (2i, 2i + 1), as the
/// paper and Meta's own files have it.
enum class RopeLayout { half, interleaved };

struct RopeOptions {
  double theta = 10000;
  RopeLayout layout = RopeLayout::half;
  std::int64_t start = 0;  ///< the position of the first token
  /// In place of those that theta gives, theta^(-2i / head size): pair i is turned by position·frequencies[i]. There
  /// may be fewer than half the head size: the pairs are then those of the first numbers, twice as many, and the rest
  /// stays as it is (partial rotary embedding, as in GPT-NeoX).
  std::vector<double> frequencies = {};
  double amplitude = 1;  ///< what is turned is multiplied by it (YaRN, Peng et al. 2023, section 3.4)
};

/// Rotary position embedding (Su et al. 2021, section 3.2.2): pair i of token t, of x [..., tokens, head size], turned
/// by (start + t)·theta^(-2i / head size). The head size is even unless frequencies are given. The gradient is the
/// rotation back.
Tensor rope(const Tensor& x, const RopeOptions& options = {});

}  // namespace adora
