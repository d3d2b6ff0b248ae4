#pragma once
#include "decoder.h"

namespace adora {

/// A block with norms before and after: x + norm(attention(norm(x))), and then the same with the MLP.
template <class Attention = RotaryAttention> class SandwichBlock : public Module {
 public:
  template <class Config>
  SandwichBlock(const Config& c, std::size_t layer, Generator& g, WeightOptions options)
      : input_layernorm(c.norm(c.hidden_size, options)),
        self_attn(c, layer, g, options),
        post_attention_layernorm(c.norm(c.hidden_size, options)),
        pre_feedforward_layernorm(c.norm(c.hidden_size, options)),
        mlp(c, g, options),
        post_feedforward_layernorm(c.norm(c.hidden_size, options)) {
    child("input_layernorm", input_layernorm);
    child("self_attn", self_attn);
    child("post_attention_layernorm", post_attention_layernorm);
    child("pre_feedforward_layernorm", pre_feedforward_layernorm);
    child("mlp", mlp);
    child("post_feedforward_layernorm", post_feedforward_layernorm);
  }

  ResidualStream operator()(const ResidualStream& stream, const AttentionContext& context = {}) const {
    auto run = [&] {
      const SumAndNorm in = input_layernorm.add(stream.x, stream.update);
      const Tensor attended = post_attention_layernorm(self_attn(in.norm, context));
      const SumAndNorm seen = pre_feedforward_layernorm.add(in.sum, attended);
      return ResidualStream{seen.sum, post_feedforward_layernorm(mlp(seen.norm))};
    };
    return noted_call(*this, run, [](const ResidualStream& y) { return y.x; });
  }

  RmsNorm input_layernorm;
  Attention self_attn;
  RmsNorm post_attention_layernorm, pre_feedforward_layernorm;
  GatedMlp mlp;
  RmsNorm post_feedforward_layernorm;
};

}  // namespace adora
