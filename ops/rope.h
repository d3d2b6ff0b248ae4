#pragma once
#include "../core/tensor.h"

namespace adora {

/// Which numbers of a row make a pair: (i, i + d/2), as Hugging Face stores Llama's weights, or (2i, 2i + 1), as the
/// paper and Meta's own files have it.
enum class RopeLayout { half, interleaved };

struct RopeOptions {
  double theta = 10000;
  RopeLayout layout = RopeLayout::half;
  std::int64_t start = 0;  ///< the position of the first token
};

/// Rotary position embedding (Su et al. 2021, section 3.2.2): pair i of token t, of x [..., tokens, head size], turned
/// by (start + t)·theta^(-2i / head size). The head size is even. The gradient is the rotation back.
Tensor rope(const Tensor& x, const RopeOptions& options = {});

}  // namespace adora
