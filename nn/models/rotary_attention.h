#pragma once
#include "../layers/linear.h"
#include "decoder_config.h"

namespace adora {

/// Causal attention with rotary positions (Su et al., "RoFormer", 2021) and grouped heads.
class RotaryAttention : public Module {
 public:
  RotaryAttention(const DecoderConfig& config, std::size_t layer, Generator& generator, WeightOptions options);
  /// x [texts, tokens, hidden_size], or [n, hidden_size] where the context has a cache; the result is of its shape.
  Tensor operator()(const Tensor& x, const AttentionContext& context = {}) const;

  Linear q_proj, k_proj, v_proj, o_proj;

 protected:
  AttentionSettings settings_;
};

}  // namespace adora
