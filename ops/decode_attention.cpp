#include "decode_attention.h"

#include <cmath>

#include "../autograd/record.h"
#include "../backends/decode_attention.h"
#include "adapter_check.h"
#include "creation.h"
#include "op.h"
#include "rope.h"
#include "view.h"

namespace adora {
namespace {

void check_places(const char* what, const Tensor& places, std::int64_t end) {
  if (places.device() == meta) return;
  for (std::int64_t place : to_vector<std::int64_t>(places)) {
    check(place >= 0 && place < end, "decode_attention: {} has {}, beyond the cache's {}", what, place, end);
  }
}

void check_call(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& rotations, const Tensor& keys,
                const Tensor& values, const Tensor& rows, const Tensor& positions, double scale) {
  check_inputs("decode_attention", {&q, &k, &v, &rotations, &keys, &values, &rows, &positions});
  refuse_to_record("decode_attention", {q, k, v, rotations, keys, values},
                   "call it under NoGrad, or use rope and scaled_dot_product_attention");
  check(q.ndim() == 3 && k.ndim() == 3 && k.shape() == v.shape() && q.size(0) == k.size(0) && q.size(2) == k.size(2) &&
            q.size(2) % 2 == 0 && k.size(1) > 0 && q.size(1) % k.size(1) == 0,
        "decode_attention: q {}, k {} and v {} do not fit: q is [n, heads, head size], k and v "
        "[n, a divisor of heads, head size], the head size even",
        describe(q), describe(k), describe(v));
  check(keys.ndim() == 4 && keys.shape() == values.shape() && keys.size(1) == k.size(1) && keys.size(3) == k.size(2) &&
            rotations.shape() == Shape{keys.size(2), keys.size(3)},
        "decode_attention: the cache's keys {}, values {} and rotations {} do not fit k {}", describe(keys),
        describe(values), describe(rotations), describe(k));
  check(std::isfinite(scale), "decode_attention: the scale must be finite, not {}", scale);
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

/// What both functions do once they have checked their call.
Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& rotations, const Tensor& keys,
              const Tensor& values, const Tensor& rows, const Tensor& positions, double scale) {
  Tensor y = empty_like(q);
  backends::decode_attention(q, k, v, contiguous(rotations), keys, values, contiguous(rows), contiguous(positions),
                             scale, y);
  keys.storage()->bump_version();
  if (values.storage() != keys.storage()) values.storage()->bump_version();
  return y;
}

}  // namespace

Tensor detail::decode_attention_at(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& rotations,
                                   const Tensor& keys, const Tensor& values, const Tensor& rows,
                                   const Tensor& positions, double scale) {
  check_call(q, k, v, rotations, keys, values, rows, positions, scale);
  return attend(q, k, v, rotations, keys, values, rows, positions, scale);
}

Tensor decode_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& rotations, const Tensor& keys,
                        const Tensor& values, const Tensor& rows, const Tensor& positions, double scale) {
  check_call(q, k, v, rotations, keys, values, rows, positions, scale);
  check_places("rows", rows, keys.size(0));
  check_places("positions", positions, keys.size(2));
  return attend(q, k, v, rotations, keys, values, rows, positions, scale);
}
const Op decode_attention_op{
    "decode_attention",
    [](Generator& g) {
      auto of = [&](const char* what, std::int64_t heads, std::int64_t kv_heads, std::int64_t d, const Tensor& rows,
                    const Tensor& positions) {
        const std::int64_t n = rows.size(0);
        Tensors inputs{sample_tensor(g, {n, heads, d}),
                       sample_tensor(g, {n, kv_heads, d}),
                       sample_tensor(g, {n, kv_heads, d}),
                       sample_tensor(g, {3, kv_heads, 5, d}),
                       sample_tensor(g, {3, kv_heads, 5, d}),
                       rows,
                       positions};
        return Sample{what, inputs, [=](const Tensors& in) {
                        Tensor pairs = zeros({5, d}, detail::compute_dtype(in[0].dtype()), in[0].device());
                        fill_(slice(pairs, 1, 0, d / 2), 1);
                        // What is written in place must not be the sample's own.
                        return decode_attention(in[0], in[1], in[2], rope(pairs), clone(in[3]), clone(in[4]), in[5],
                                                in[6], 0.6);
                      }};
      };
      auto numbers = [](const std::vector<std::int64_t>& values) {
        const auto n = static_cast<std::int64_t>(values.size());
        return tensor(values, {n});
      };
      const std::int64_t kv_heads = sample_size(g, 1, 3);
      return std::vector<Sample>{of("heads that share keys", 4, 2, 4, numbers({2, 0}), numbers({3, 0})),
                                 of("one text", 1, 1, 2, numbers({1}), numbers({4})),
                                 of("no text", 2, 1, 4, numbers({}), numbers({})),
                                 of("drawn sizes", kv_heads * sample_size(g, 1, 3), kv_heads, 2 * sample_size(g, 1, 3),
                                    numbers({0, 2, 1}), sample_indices(g, {3}, 5))};
    },
    {.recorded = false}};

}  // namespace adora
