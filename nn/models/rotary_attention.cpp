#include "rotary_attention.h"
#include "../noted_call.h"

namespace adora {

RotaryAttention::RotaryAttention(const DecoderConfig& c, std::size_t layer, Generator& g, WeightOptions options)
    : q_proj(c.hidden_size, c.num_attention_heads * c.head_dim, g, c.linear(options, c.qkv_bias)),
      k_proj(c.hidden_size, c.num_key_value_heads * c.head_dim, g, c.linear(options, c.qkv_bias)),
      v_proj(c.hidden_size, c.num_key_value_heads * c.head_dim, g, c.linear(options, c.qkv_bias)),
      o_proj(c.num_attention_heads * c.head_dim, c.hidden_size, g, c.linear(options, c.o_bias)),
      settings_(c.attention(layer)) {
  child("q_proj", q_proj);
  child("k_proj", k_proj);
  child("v_proj", v_proj);
  child("o_proj", o_proj);
}

Tensor RotaryAttention::operator()(const Tensor& x, const AttentionContext& context) const {
  return noted_call(*this, [&] {
    const Tensor q = q_proj(x), k = k_proj(x), v = v_proj(x);
    return o_proj(attend(q, k, v, settings_, context));
  });
}

}  // namespace adora
