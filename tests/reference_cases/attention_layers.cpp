#include "calls.h"
#include "nn/layers/transformer_encoder_layer.h"
#include "ops/attention.h"
#include "ops/elementwise/gelu.h"

namespace adora::reference {
namespace {

void take_weights(MultiheadAttention& to, const Inputs& in) {
  to.in_proj_weight = in("in_proj_weight"), to.in_proj_bias = in.optional({"in_proj_bias"});
  to.out_proj.weight = in("out_proj_weight"), to.out_proj.bias = in.optional({"out_proj_bias"});
}

AttentionMasks masks_of(const Inputs& in, const Attributes& a) {
  return {in.optional({"key_padding_mask"}), in.optional({"attn_mask"}), a.flag({"causal"}, false)};
}

Tensor multihead_attention_of(const Inputs& in, const Attributes& a) {
  Generator generator(1);
  const Tensor& query = in("query");
  MultiheadAttention layer(
      query.size(-1), a.whole({"num_heads"}, 1), generator,
      {.batch_first = a.flag({"batch_first"}, false), .dtype = query.dtype(), .device = query.device()});
  take_weights(layer, in);
  const Tensor key = in({"key", "query"}), value = in({"value", "key", "query"});
  if (a.flag({"weights"}, false)) return layer.with_weights(query, key, value, masks_of(in, a)).weights;
  return layer(query, key, value, masks_of(in, a));
}

Tensor transformer_encoder_layer_of(const Inputs& in, const Attributes& a) {
  Generator generator(1);
  const Tensor& x = in("x");
  TransformerEncoderLayerOptions options{.dim_feedforward = in("linear1_weight").size(0),
                                         .batch_first = a.flag({"batch_first"}, false),
                                         .norm_first = a.flag({"norm_first"}, false),
                                         .dtype = x.dtype(),
                                         .device = x.device()};
  if (a.text("activation", "relu") == "gelu") options.activation = gelu;
  TransformerEncoderLayer layer(x.size(-1), a.whole({"nhead"}, 1), generator, options);
  layer.eval();
  take_weights(layer.self_attn, in);
  layer.linear1.weight = in("linear1_weight"), layer.linear1.bias = in("linear1_bias");
  layer.linear2.weight = in("linear2_weight"), layer.linear2.bias = in("linear2_bias");
  layer.norm1.weight = in("norm1_weight"), layer.norm1.bias = in("norm1_bias");
  layer.norm2.weight = in("norm2_weight"), layer.norm2.bias = in("norm2_bias");
  return layer(x, masks_of(in, a));
}

const RegisterCalls calls{
    {"masked_attention", one([](const Inputs& in, const Attributes& a) {
       return scaled_dot_product_attention(in("q"), in("k"), in("v"),
                                           {.causal = a.flag({"causal"}, false), .attn_mask = in("attn_mask")});
     })},
    {"multihead_attention", one(multihead_attention_of)},
    {"transformer_encoder_layer", one(transformer_encoder_layer_of)},
};

}  // namespace
}  // namespace adora::reference
