#include "attention.h"

#include <cmath>

#include "../autograd/fused.h"
#include "../backends/attention.h"
#include "../backends/reduce.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "compare.h"
#include "creation.h"
#include "elementwise/exp.h"
#include "elementwise/softcap.h"
#include "matmul.h"
#include "multiply_adds.h"
#include "op.h"
#include "reduce.h"
#include "softmax.h"
#include "view.h"

namespace adora {
namespace {

void check_call(const char* op, const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  const Tensor& mask = options.attn_mask;
  check_inputs(op, {&q, &k, &v}, {&mask});
  check(q.ndim() == 4 && k.ndim() == 4 && k.shape() == v.shape() && q.size(0) == k.size(0) && q.size(3) == k.size(3) &&
            k.size(1) > 0 && q.size(1) % k.size(1) == 0,
        "{}: q {}, k {} and v {} do not fit: q is [batch, heads, queries, head size], k and v [batch, a divisor of "
        "heads, "
        "keys, head size]",
        op, describe(q), describe(k), describe(v));
  check(is_floating(q.dtype()) && q.dtype() == k.dtype() && q.dtype() == v.dtype(),
        "{}: q {}, k {} and v {} must have one floating dtype", op, describe(q), describe(k), describe(v));
  detail::check_attention_options(op, options);
  if (!mask.defined()) return;
  const Shape scores{q.size(0), q.size(1), q.size(2), k.size(2)};
  bool fits = mask.ndim() <= scores.size();
  for (int i = 1; fits && i <= mask.ndim(); ++i) {
    const std::int64_t size = mask.shape()[mask.ndim() - i];
    fits = size == 1 || size == scores[scores.size() - i];
  }
  check(fits && (mask.dtype() == boolean || is_floating(mask.dtype())),
        "{}: the mask {} does not fit the products {}: it must be boolean or floating, and broadcast to them", op,
        describe(mask), scores);
}

double scale_of(const Tensor& q, const AttentionOptions& options) { return detail::attention_rule(q, options).scale; }

/// true where query i sees key j, [Tq, Tk].
Tensor causal_mask(std::int64_t queries, std::int64_t keys, std::int64_t window, Device device) {
  const Tensor last = reshape(arange(queries, int64, device) + static_cast<double>(keys - queries), {queries, 1});
  const Tensor all = arange(keys, int64, device), seen = less_equal(all, last);
  if (window == 0) return seen;
  return where(less(last - static_cast<double>(window), all), seen, zeros({}, boolean, device));
}

/// The scaled products as the softmax sees them.
Tensor capped(const Tensor& scores, const AttentionOptions& options) {
  return options.softcap == 0 ? scores : softcap(scores, options.softcap);
}

/// What a query sees and what is added to its products, in shapes that broadcast to [B, H', H / H', Tq, Tk]; undefined
/// where it sees all, and where nothing is added.
struct Visibility {
  Tensor visible;  ///< boolean
  Tensor added;    ///< finite
  Tensor any;      ///< boolean, with 1 for Tk: whether there is a key that the query sees

  Visibility(const Tensor& q, std::int64_t heads, std::int64_t keys, const AttentionOptions& options) {
    if (options.causal) visible = causal_mask(q.size(2), keys, options.window, q.device());
    if (options.attn_mask.defined()) take(options.attn_mask, heads, q.dtype());
    if (!visible.defined()) return;
    if (keys == 0) {
      any = zeros({1}, boolean, q.device());
    } else {
      any = less(zeros({}, float32, q.device()), max(to(visible, float32), {-1}, true));
    }
  }

 private:
  void take(Tensor mask, std::int64_t heads, DType dtype) {
    while (mask.ndim() < 2) mask = unsqueeze(mask, 0);
    if (mask.ndim() > 2) {  // a dimension for the heads that share keys
      const std::int64_t own = mask.size(-3);
      Shape shape = mask.shape();
      shape.erase(shape.size() - 3);
      shape.insert(shape.size() - 2, own == 1 ? 1 : heads);
      shape.insert(shape.size() - 2, own == 1 ? 1 : own / heads);
      mask = reshape(mask, shape);
    }
    Tensor seen = mask;
    if (is_floating(mask.dtype())) {
      mask = to(mask, dtype);
      const Tensor zero = zeros({}, dtype, mask.device());
      const Tensor nothing = full({}, -std::numeric_limits<double>::infinity(), dtype, mask.device());
      const Tensor hidden = eq(mask.detach(), nothing);
      added = where(hidden, zero, mask);
      seen = eq(hidden, zeros({}, boolean, mask.device()));
    }
    visible = visible.defined() ? where(visible, seen, zeros({}, boolean, mask.device())) : seen;
  }
};

/// What stands for the product with a key that is not seen: so far below the others that its weight is exactly 0, and
/// finite, so that a row of them has no NaN.
constexpr double hidden_score = -1e30;

/// The weights [B, H', H / H', Tq, Tk]; rows that see nothing hold anything finite.
Tensor weights_of(const Tensor& q, const Tensor& k, const AttentionOptions& options, const Visibility& seen) {
  const std::int64_t heads = k.size(1);
  Tensor grouped = reshape(q * scale_of(q, options), {q.size(0), heads, q.size(1) / heads, q.size(2), q.size(3)});
  Tensor scores = capped(matmul(grouped, transpose(unsqueeze(k, 2))), options);
  if (seen.added.defined()) scores = scores + seen.added;
  if (seen.visible.defined()) {
    scores = where(seen.visible, scores, full({}, hidden_score, scores.dtype(), scores.device()));
  }
  return softmax(scores, -1);
}

/// x, a number or row for each query, with zeros for those that see nothing.
Tensor zero_unseen(const Tensor& x, const Visibility& seen) {
  return seen.any.defined() ? where(seen.any, x, zeros({}, x.dtype(), x.device())) : x;
}

AttentionOptions in_float32(AttentionOptions options) {
  if (options.attn_mask.defined() && is_floating(options.attn_mask.dtype())) {
    options.attn_mask = to(options.attn_mask, float32);
  }
  return options;
}

/// With a mask.
Tensor masked_attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  if (size_of(q.dtype()) == 2) {
    return to(masked_attention(to(q, float32), to(k, float32), to(v, float32), in_float32(options)), q.dtype());
  }
  const Visibility seen(q, k.size(1), k.size(2), options);
  const Tensor weights = weights_of(q, k, options, seen);
  return reshape(zero_unseen(matmul(weights, unsqueeze(v, 2)), seen), q.shape());
}

}  // namespace

void detail::check_attention_options(const char* op, const AttentionOptions& options) {
  const double scale = options.scale.value_or(1);
  check(std::isfinite(scale), "{}: the scale must be finite, not {}", op, scale);
  check(options.window >= 0, "{}: the window must be a number of keys, or 0 for all, not {}", op, options.window);
  check(options.window == 0 || options.causal,
        "{}: a window of {} keys is one of the keys up to a query's own: it goes "
        "with causal",
        op, options.window);
  check(options.softcap >= 0 && std::isfinite(options.softcap),
        "{}: the softcap must be positive, or 0 for none, not {}", op, options.softcap);
}

backends::AttentionRule detail::attention_rule(const Tensor& q, const AttentionOptions& options) {
  const double width = static_cast<double>(std::max<std::int64_t>(q.size(-1), 1));
  return {.scale = options.scale.value_or(1 / std::sqrt(width)),
          .causal = options.causal,
          .window = options.window,
          .softcap = options.softcap};
}

Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                    const AttentionOptions& options) {
  const char* op = "scaled_dot_product_attention";
  check_call(op, q, k, v, options);
  if (options.attn_mask.defined()) return masked_attention(q, k, v, options);
  const backends::AttentionRule rule = detail::attention_rule(q, options);
  bool want_q = grad_required_now(q), want_kv = grad_required_now(k) || grad_required_now(v);
  // A model's heads are views of its tokens' rows, and so are these.
  Tensor y = empty_in_order_of(q), lse;
  if (want_q || want_kv) {
    lse = empty({q.size(0), q.size(1), q.size(2)}, q.dtype() == float64 ? float64 : float32, q.device());
  }
  detail::MultiplyAdds::add(2, q.numel(), k.size(2));
  backends::attention(q, k, v, rule, y, lse);
  auto gradient = [=](const Tensors& g, const SavedTensors& saved) {
    Tensor q = saved["q"], k = saved["k"], v = saved["v"], dq, dk, dv;
    if (want_q) dq = empty_in_order_of(q);
    if (want_kv) dk = empty_in_order_of(k), dv = empty_in_order_of(v);
    backends::attention_gradient(q, k, v, rule, saved["y"], saved["lse"], g[0], dq, dk, dv);
    return Tensors{dq, dk, dv};
  };
  auto composed = [=](const Tensors& g, const SavedTensors& saved) {
    auto twin = [=](const Tensors& in) { return Tensors{attention_composed(in[0], in[1], in[2], options)}; };
    return gradients_through(twin, {where_asked(0, saved["q"]), where_asked(1, saved["k"]), where_asked(2, saved["v"])},
                             g);
  };
  record_fused(op, {y}, {q, k, v}, {{"q", q}, {"k", k}, {"v", v}, {"y", y}, {"lse", lse}}, gradient, composed);
  return y;
}
const Op scaled_dot_product_attention_op{"scaled_dot_product_attention"};

Tensor attention_composed(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  check_call("attention_composed", q, k, v, options);
  // Products leave float16's range, and exp makes much of what bfloat16 rounds.
  if (size_of(q.dtype()) == 2) {
    return to(attention_composed(to(q, float32), to(k, float32), to(v, float32), in_float32(options)), q.dtype());
  }
  std::int64_t batch = q.size(0), heads = k.size(1), group = q.size(1) / heads, queries = q.size(2), keys = k.size(2);
  Shape shape{batch, heads, group, queries, keys}, sums{batch, heads, group, queries, 1};
  Tensor grouped = reshape(q, {batch, heads, group, queries, q.size(3)});
  Tensor scores = capped(matmul(grouped, transpose(unsqueeze(k, 2))) * scale_of(q, options), options);
  const Visibility seen(q, heads, keys, options);
  if (seen.added.defined()) scores = scores + seen.added;
  // Keys that a query does not see get a score far below the others, and then a weight of exactly 0.
  Tensor mask = seen.visible.defined() ? to(seen.visible, q.dtype()) : ones({}, q.dtype(), q.device());
  scores = scores * mask + (mask - 1) * -hidden_score;
  Tensor most = empty_like(scores.detach(), sums);
  if (keys > 0) backends::reduce(scores.detach(), most, backends::ReduceOp::max);
  Tensor e = exp(scores - most) * mask;
  Tensor total = sum_to(e, sums);
  if (seen.any.defined()) total = total + (1 - to(seen.any, q.dtype()));  // of nothing: 0/1, not 0/0
  return reshape(matmul(e / total, unsqueeze(v, 2)), q.shape());
}
const Op attention_composed_op{"attention_composed"};

Tensor attention_weights(const Tensor& q, const Tensor& k, const AttentionOptions& options) {
  check_call("attention_weights", q, k, k, options);
  if (size_of(q.dtype()) == 2) {
    return to(attention_weights(to(q, float32), to(k, float32), in_float32(options)), q.dtype());
  }
  const Visibility seen(q, k.size(1), k.size(2), options);
  const Tensor weights = zero_unseen(weights_of(q, k, options, seen), seen);
  return reshape(weights, {q.size(0), q.size(1), q.size(2), k.size(2)});
}
const Op attention_weights_op{"attention_weights"};

Tensor padding_mask(const Tensor& lengths, std::int64_t keys) {
  check_inputs("padding_mask", {&lengths});
  check(lengths.dtype() == int64 && lengths.ndim() == 1 && keys >= 0,
        "padding_mask: the lengths {} must be int64 of one dimension, and there can't be {} keys", describe(lengths),
        keys);
  return less(arange(keys, int64, lengths.device()), reshape(lengths, {lengths.numel(), 1, 1, 1}));
}
const Op padding_mask_op{"padding_mask", {.recorded = false}};  // truths have no gradient

}  // namespace adora
