#include "decode_attention.h"

#include <cmath>

#include "../autograd/record.h"
#include "../backends/decode_attention.h"
#include "adapter_check.h"
#include "creation.h"
#include "op.h"

namespace adora {
namespace {

void check_places(const char* what, const Tensor& places, std::int64_t end) {
  if (places.device() == meta) return;
  for (std::int64_t place : to_vector<std::int64_t>(places)) {
    check(place >= 0 && place < end, "decode_attention: {} has {}, beyond the cache's {}", what, place, end);
  }
}

void check_call(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& rotations, const Tensor& keys,
                const Tensor& values, const Tensor& rows, const Tensor& positions, const AttentionOptions& options) {
  check_inputs("decode_attention", {&q, &k, &v, &rotations, &keys, &values, &rows, &positions});
  refuse_to_record("decode_attention", {q, k, v, rotations, keys, values},
                   "call it under NoGrad, or use rope and scaled_dot_product_attention");
  check(q.ndim() == 3 && k.ndim() == 3 && k.shape() == v.shape() && q.size(0) == k.size(0) && q.size(2) == k.size(2) &&
            k.size(1) > 0 && q.size(1) % k.size(1) == 0,
        "decode_attention: q {}, k {} and v {} do not fit: q is [n, heads, head size], k and v "
        "[n, a divisor of heads, head size]",
        describe(q), describe(k), describe(v));
  check(keys.ndim() == 4 && keys.shape() == values.shape() && keys.size(1) == k.size(1) && keys.size(3) == k.size(2) &&
            rotations.ndim() == 2 && rotations.size(0) == keys.size(2) && rotations.size(1) <= keys.size(3) &&
            rotations.size(1) % 2 == 0,
        "decode_attention: the cache's keys {}, values {} and rotations {} do not fit k {}", describe(keys),
        describe(values), describe(rotations), describe(k));
  AttentionOptions causal = options;
  causal.causal = true;
  detail::check_attention_options("decode_attention", causal);
  check(!options.attn_mask.defined(), "decode_attention: takes no mask");
  check(is_floating(q.dtype()), "decode_attention: works on floating tensors, not on {}", describe(q));
  for (const Tensor* t : {&k, &v, &keys, &values}) {
    check(t->dtype() == q.dtype(), "decode_attention: q is {}, but there is {}; all must have one dtype", describe(q),
          describe(*t));
  }
  check(rotations.dtype() == detail::compute_dtype(q.dtype()), "decode_attention: the rotations {} must be {}",
        describe(rotations), name(detail::compute_dtype(q.dtype())));
  check(keys.is_contiguous() && values.is_contiguous(),
        "decode_attention: keys and values are written in place and must lie row by row");
  for (const auto& [what, places] : {std::pair("rows", rows), {"positions", positions}})
    check(places.dtype() == int64 && places.shape() == Shape{q.size(0)},
          "decode_attention: {} are {}; they must be int64 [{}]", what, describe(places), q.size(0));
}

/// The attention itself, for both public functions, which check the arguments first.
Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& rotations, const Tensor& keys,
              const Tensor& values, const Tensor& rows, const Tensor& positions, const AttentionOptions& options) {
  Tensor y = empty_like(q);
  backends::decode_attention(q, k, v, contiguous(rotations), keys, values, contiguous(rows), contiguous(positions),
                             detail::attention_rule(q, options), y);
  keys.storage()->bump_version();
  if (values.storage() != keys.storage()) values.storage()->bump_version();
  return y;
}

}  // namespace

Tensor detail::decode_attention_at(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& rotations,
                                   const Tensor& keys, const Tensor& values, const Tensor& rows,
                                   const Tensor& positions, const AttentionOptions& options) {
  check_call(q, k, v, rotations, keys, values, rows, positions, options);
  return attend(q, k, v, rotations, keys, values, rows, positions, options);
}

Tensor decode_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& rotations, const Tensor& keys,
                        const Tensor& values, const Tensor& rows, const Tensor& positions,
                        const AttentionOptions& options) {
  check_call(q, k, v, rotations, keys, values, rows, positions, options);
  check_places("rows", rows, keys.size(0));
  check_places("positions", positions, keys.size(2));
  return attend(q, k, v, rotations, keys, values, rows, positions, options);
}
const Op decode_attention_op{"decode_attention", {.recorded = false}};

}  // namespace adora
