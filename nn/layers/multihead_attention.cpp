#include "multihead_attention.h"

#include <cmath>
#include <limits>

#include "../../autograd/grad_mode.h"
#include "../../ops/arithmetic.h"
#include "../../ops/attention.h"
#include "../../ops/compare.h"
#include "../../ops/creation.h"
#include "../../ops/dropout.h"
#include "../../ops/join.h"
#include "../../ops/matmul.h"
#include "../../ops/reduce.h"
#include "../../ops/view.h"
#include "../noted_call.h"

namespace adora {
namespace {

/// The stream of dropout's random numbers, beside that of a generator's first weights.
constexpr std::uint64_t dropout_stream = 2;

/// What all three projections, or the last two of them, make of x.
Tensors projected(const Tensor& x, const Tensor& weight, const Tensor& bias, std::int64_t first, std::int64_t last,
                  std::int64_t width) {
  const bool all = first * width == 0 && last * width == weight.size(0);
  auto part = [&](const Tensor& t) { return all || !t.defined() ? t : slice(t, 0, first * width, last * width); };
  const Tensor y = linear(x, part(weight), part(bias));
  return split(y, std::vector<std::int64_t>(static_cast<std::size_t>(last - first), width), -1);
}

/// [T, B, width] or [B, T, width] as a view [B, heads, T, head size], and back.
Tensor in_heads(const Tensor& x, std::int64_t heads, bool batch_first) {
  const Tensor parts = reshape(x, {x.size(0), x.size(1), heads, x.size(2) / heads});
  return batch_first ? permute(parts, {0, 2, 1, 3}) : permute(parts, {1, 2, 0, 3});
}
Tensor from_heads(const Tensor& x, bool batch_first) {
  const Tensor parts = batch_first ? permute(x, {0, 2, 1, 3}) : permute(x, {2, 0, 1, 3});
  return reshape(parts, {parts.size(0), parts.size(1), x.size(1) * x.size(3)});
}

Tensor negated(const Tensor& mask) { return eq(mask, zeros({}, boolean, mask.device())); }

/// A mask of PyTorch's module as something to add.
Tensor as_added(const Tensor& mask, DType dtype) {
  if (is_floating(mask.dtype())) return to(mask, dtype);
  const Tensor hidden = full({}, -std::numeric_limits<double>::infinity(), dtype, mask.device());
  return where(mask, hidden, zeros({}, dtype, mask.device()));
}

/// Both masks as one that scaled_dot_product_attention takes; undefined where there is none.
Tensor joined(const AttentionMasks& masks, std::int64_t batch, std::int64_t heads, std::int64_t queries,
              std::int64_t keys, DType dtype) {
  const char* op = "MultiheadAttention";
  Tensor padding = masks.key_padding_mask, mask = masks.attn_mask;
  auto check_mask = [&](const Tensor& m, const char* name, bool fits, const Shape& wanted) {
    check(fits && (m.dtype() == boolean || is_floating(m.dtype())),
          "{}: the {} is {}; it must be boolean or floating, and {}", op, name, describe(m), wanted);
  };
  if (padding.defined()) {
    if (padding.ndim() == 1 && batch == 1) padding = unsqueeze(padding, 0);
    check_mask(padding, "key_padding_mask", padding.shape() == Shape{batch, keys}, {batch, keys});
    padding = reshape(padding, {batch, 1, 1, keys});
  }
  if (mask.defined()) {
    const bool each = mask.ndim() == 3;
    const Shape wanted = each ? Shape{batch * heads, queries, keys} : Shape{queries, keys};
    check_mask(mask, "attn_mask", mask.shape() == wanted, wanted);
    if (each) mask = reshape(mask, {batch, heads, queries, keys});
  }
  if (!padding.defined() && !mask.defined()) return {};
  if (!padding.defined() || !mask.defined()) {
    const Tensor& one = mask.defined() ? mask : padding;
    return one.dtype() == boolean ? negated(one) : to(one, dtype);
  }
  if (padding.dtype() == boolean && mask.dtype() == boolean) {
    return where(padding, zeros({}, boolean, mask.device()), negated(mask));
  }
  return as_added(padding, dtype) + as_added(mask, dtype);
}

}  // namespace

MultiheadAttention::MultiheadAttention(std::int64_t embed_dim, std::int64_t heads, Generator& generator,
                                       MultiheadAttentionOptions options)
    : out_proj(embed_dim, embed_dim, generator,
               {.bias = options.bias, .dtype = options.dtype, .device = options.device}),
      num_heads(heads),
      dropout(options.dropout),
      batch_first(options.batch_first),
      dropout_generator(generator.next(), dropout_stream) {
  check(embed_dim > 0 && heads > 0 && embed_dim % heads == 0,
        "MultiheadAttention: {} heads do not divide a width of {}", heads, embed_dim);
  check(dropout >= 0 && dropout <= 1, "MultiheadAttention: dropout must lie in 0 … 1, not {}", dropout);
  // Xavier's bound of the three as one matrix, as PyTorch draws it.
  const double bound = std::sqrt(6.0 / static_cast<double>(4 * embed_dim));
  in_proj_weight = uniform({3 * embed_dim, embed_dim}, -bound, bound, generator, options.dtype, options.device);
  if (options.bias) {
    in_proj_bias = zeros({3 * embed_dim}, options.dtype, options.device);
    NoGrad no_grad;
    fill_(out_proj.bias, 0);
  }
  parameter("in_proj_weight", in_proj_weight);
  parameter("in_proj_bias", in_proj_bias);
  child("out_proj", out_proj);
}

OutputAndWeights MultiheadAttention::attend(const Tensor& query, const Tensor& key, const Tensor& value,
                                            const AttentionMasks& masks, bool need_weights) const {
  const char* op = "MultiheadAttention";
  check_inputs(op, {&query, &key, &value}, {&masks.key_padding_mask, &masks.attn_mask});
  const std::int64_t width = in_proj_weight.size(1);
  const bool batched = query.ndim() == 3;
  const int batch_dim = batch_first ? 0 : 1;
  check((batched || query.ndim() == 2) && key.ndim() == query.ndim() && key.shape() == value.shape() &&
            query.size(-1) == width && key.size(-1) == width &&
            (!batched || query.size(batch_dim) == key.size(batch_dim)),
        "{}: query {}, key {} and value {} do not fit: each is {}, or [tokens, {}], and key and value are alike", op,
        describe(query), describe(key), describe(value),
        batch_first ? "[batch, tokens, width]" : "[tokens, batch, width]", width);
  if (!batched) {
    auto thick = [&](const Tensor& x) { return unsqueeze(x, batch_dim); };
    const Tensor q = thick(query), k = key.is(query) ? q : thick(key), v = value.is(key) ? k : thick(value);
    const OutputAndWeights found = attend(q, k, v, masks, need_weights);
    return {squeeze(found.output, batch_dim), found.weights.defined() ? squeeze(found.weights, 0) : Tensor()};
  }
  Tensor q, k, v;
  auto take = [&](const Tensor& x, std::int64_t first, std::int64_t last) {
    return projected(x, in_proj_weight, in_proj_bias, first, last, width);
  };
  if (query.is(key) && key.is(value)) {
    const Tensors all = take(query, 0, 3);
    q = all[0], k = all[1], v = all[2];
  } else {
    q = take(query, 0, 1)[0];
    if (key.is(value)) {
      const Tensors both = take(key, 1, 3);
      k = both[0], v = both[1];
    } else {
      k = take(key, 1, 2)[0], v = take(value, 2, 3)[0];
    }
  }
  q = in_heads(q, num_heads, batch_first), k = in_heads(k, num_heads, batch_first),
  v = in_heads(v, num_heads, batch_first);
  AttentionOptions options{.causal = masks.causal};
  options.attn_mask = joined(masks, q.size(0), num_heads, q.size(2), k.size(2), q.dtype());
  const double p = training() ? dropout : 0;
  if (!need_weights && p == 0) {
    return {out_proj(from_heads(scaled_dot_product_attention(q, k, v, options), batch_first)), {}};
  }
  const Tensor weights = adora::dropout(attention_weights(q, k, options), p, dropout_generator);
  return {out_proj(from_heads(matmul(weights, v), batch_first)), weights};
}

Tensor MultiheadAttention::operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                                      const AttentionMasks& masks) const {
  return noted_call(*this, [&] { return attend(query, key, value, masks, false).output; });
}

OutputAndWeights MultiheadAttention::with_weights(const Tensor& query, const Tensor& key, const Tensor& value,
                                                  const AttentionMasks& masks, bool average_attn_weights) const {
  return noted_call(
      *this,
      [&] {
        OutputAndWeights found = attend(query, key, value, masks, true);
        if (average_attn_weights) found.weights = mean(found.weights, {-3});
        return found;
      },
      [](const OutputAndWeights& y) { return y.output; });
}

}  // namespace adora
