#pragma once
#include "rotary_attention.h"

namespace adora {

/// RotaryAttention with a norm of each head's queries and keys before they are turned (Dehghani et al., "Scaling vision
/// transformers to 22 billion parameters", 2023, section 2, there a LayerNorm).
class HeadNormAttention : public RotaryAttention {
 public:
  HeadNormAttention(const DecoderConfig& config, std::size_t layer, Generator& generator, WeightOptions options);
  Tensor operator()(const Tensor& x, const AttentionContext& context = {}) const;

  RmsNorm q_norm, k_norm;  ///< over head_dim
};

}  // namespace adora
