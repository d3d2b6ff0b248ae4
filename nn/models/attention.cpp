#include "attention.h"

#include "../../ops/attention.h"
#include "../../ops/creation.h"
#include "../../ops/decode_attention.h"
#include "../../ops/join.h"
#include "../../ops/view.h"

namespace adora {
namespace {

AttentionOptions options_of(const AttentionSettings& s) {
  return {.causal = true, .scale = s.scale, .window = s.window, .softcap = s.softcap};
}

Tensor attend_step(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSettings& s,
                   const AttentionContext& context) {
  const std::int64_t n = q.size(0), d = s.head_dim;
  const Tensor y =
      detail::decode_attention_at(reshape(q, {n, s.heads, d}), reshape(k, {n, s.key_heads, d}),
                                  reshape(v, {n, s.key_heads, d}), context.cache->rotations, context.cache->keys,
                                  context.cache->values, context.step->rows, context.step->positions, options_of(s));
  return reshape(y, {n, s.heads * d});
}

/// Of each text by itself: so none sees another, and positions, windows and angles that depend on the length are its
/// own.
Tensor attend_packed(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSettings& s,
                     const TextLengths& texts) {
  const Tensors queries = split(q, texts, 1), keys = split(k, texts, 1), values = split(v, texts, 1);
  Tensors results;
  for (std::size_t i = 0; i < texts.size(); ++i) results.push_back(attend(queries[i], keys[i], values[i], s, {}));
  return cat(results, 1);
}

}  // namespace

Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSettings& s,
              const AttentionContext& context) {
  if (context.step) return attend_step(q, k, v, s, context);
  if (context.texts) return attend_packed(q, k, v, s, *context.texts);
  const std::int64_t batch = q.size(0), tokens = q.size(1);
  // [B, T, heads·d] to [B, heads, T, d]
  auto by_head = [&](const Tensor& x, std::int64_t heads) {
    return transpose(reshape(x, {batch, tokens, heads, s.head_dim}), 1, 2);
  };
  const std::int64_t before = context.before, end = before + tokens;
  auto turned = [&](const Tensor& x) { return s.rope ? s.rope->turn(x, before) : x; };
  const Tensor queries = turned(by_head(q, s.heads)), keys = turned(by_head(k, s.key_heads)),
               values = by_head(v, s.key_heads);
  if (context.cache) {
    copy_(slice(context.cache->keys, 2, before, end), keys);
    copy_(slice(context.cache->values, 2, before, end), values);
  }
  const Tensor y = before > 0 ? scaled_dot_product_attention(queries, slice(context.cache->keys, 2, 0, end),
                                                             slice(context.cache->values, 2, 0, end), options_of(s))
                              : scaled_dot_product_attention(queries, keys, values, options_of(s));
  return reshape(transpose(y, 1, 2), {batch, tokens, s.heads * s.head_dim});
}

}  // namespace adora
