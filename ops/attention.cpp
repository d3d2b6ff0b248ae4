#include "attention.h"

#include <cmath>

#include "../autograd/fused.h"
#include "../backends/attention.h"
#include "../backends/reduce.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "creation.h"
#include "elementwise/exp.h"
#include "matmul.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

void check_call(const char* op, const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& options) {
  check_inputs(op, {&q, &k, &v});
  check(q.ndim() == 4 && k.ndim() == 4 && k.shape() == v.shape() && q.size(0) == k.size(0) && q.size(3) == k.size(3) &&
            k.size(1) > 0 && q.size(1) % k.size(1) == 0,
        "{}: q {}, k {} and v {} do not fit: q is [batch, heads, queries, head size], k and v [batch, a divisor of "
        "heads, "
        "keys, head size]",
        op, describe(q), describe(k), describe(v));
  check(is_floating(q.dtype()) && q.dtype() == k.dtype() && q.dtype() == v.dtype(),
        "{}: q {}, k {} and v {} must have one floating dtype", op, describe(q), describe(k), describe(v));
  check(std::isfinite(options.scale.value_or(1)), "{}: the scale must be finite, not {}", op,
        options.scale.value_or(1));
}

double scale_of(const Tensor& q, const AttentionOptions& options) {
  return options.scale.value_or(1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(q.size(3), 1))));
}

/// 1 where query i sees key j, else 0.
Tensor visible_mask(std::int64_t queries, std::int64_t keys, bool causal, const Tensor& like) {
  Tensor mask = empty({queries, keys}, float64, cpu);
  for (std::int64_t i = 0; i < queries; ++i) {
    for (std::int64_t j = 0; j < keys; ++j) {
      mask.data<double>()[i * keys + j] = !causal || j <= i + keys - queries ? 1 : 0;
    }
  }
  return to(to(mask, like.dtype()), like.device());
}

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                    const AttentionOptions& options) {
  const char* op = "scaled_dot_product_attention";
  check_call(op, q, k, v, options);
  double scale = scale_of(q, options);
  bool want_q = grad_required_now(q), want_kv = grad_required_now(k) || grad_required_now(v), causal = options.causal;
  // A model's heads are views of its tokens' rows, and so are these.
  Tensor y = empty_in_order_of(q), lse;
  if (want_q || want_kv) {
    lse = empty({q.size(0), q.size(1), q.size(2)}, q.dtype() == float64 ? float64 : float32, q.device());
  }
  backends::attention(q, k, v, causal, scale, y, lse);
  auto gradient = [=](const Tensors& g, const SavedTensors& saved) {
    Tensor q = saved["q"], k = saved["k"], v = saved["v"], dq, dk, dv;
    if (want_q) dq = empty_in_order_of(q);
    if (want_kv) dk = empty_in_order_of(k), dv = empty_in_order_of(v);
    backends::attention_gradient(q, k, v, causal, scale, saved["y"], saved["lse"], g[0], dq, dk, dv);
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
    return to(attention_composed(to(q, float32), to(k, float32), to(v, float32), options), q.dtype());
  }
  std::int64_t batch = q.size(0), heads = k.size(1), group = q.size(1) / heads, queries = q.size(2), keys = k.size(2);
  Shape shape{batch, heads, group, queries, keys}, sums{batch, heads, group, queries, 1};
  Tensor grouped = reshape(q, {batch, heads, group, queries, q.size(3)});
  Tensor scores = matmul(grouped, transpose(unsqueeze(k, 2))) * scale_of(q, options);
  // Keys that a query does not see get a score far below the others, and then a weight of exactly 0.
  Tensor mask = visible_mask(queries, keys, options.causal, q);
  scores = scores * mask + (mask - 1) * 1e30;
  Tensor most = empty_like(scores.detach(), sums);
  if (keys > 0) backends::reduce(scores.detach(), most, backends::ReduceOp::max);
  Tensor e = exp(scores - most) * mask;
  Tensor total = sum_to(e, sums);
  if (options.causal && queries > keys) {  // the first queries see nothing: 0/1, not 0/0
    Tensor any = empty_like(mask, {queries, 1});
    backends::reduce(mask, any, backends::ReduceOp::max);
    total = total + (1 - any);
  }
  return reshape(matmul(e / total, unsqueeze(v, 2)), q.shape());
}
const Op attention_composed_op{"attention_composed"};

}  // namespace adora
