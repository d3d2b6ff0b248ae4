#include "ops/decode_attention.h"
#include "ops/adapter_check.h"
#include "ops/rope.h"
#include "ops/view.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples decode_attention_samples{
    "decode_attention", [](Generator& g) {
      auto of = [&](const char* what, std::int64_t heads, std::int64_t kv_heads, std::int64_t d, const Tensor& rows,
                    const Tensor& positions, const AttentionOptions& options = {.scale = 0.6},
                    std::int64_t turned = -1) {
        if (turned < 0) turned = d;
        const std::int64_t n = rows.size(0);
        Tensors inputs{sample_tensor(g, {n, heads, d}),
                       sample_tensor(g, {n, kv_heads, d}),
                       sample_tensor(g, {n, kv_heads, d}),
                       sample_tensor(g, {3, kv_heads, 5, d}),
                       sample_tensor(g, {3, kv_heads, 5, d}),
                       rows,
                       positions};
        return Sample{what, inputs, [=](const Tensors& in) {
                        Tensor pairs = zeros({5, turned}, detail::compute_dtype(in[0].dtype()), in[0].device());
                        fill_(slice(pairs, 1, 0, turned / 2), 1);
                        // The op writes to the caches in place, so that it gets copies of the sample's.
                        return decode_attention(in[0], in[1], in[2], turned ? rope(pairs) : pairs, clone(in[3]),
                                                clone(in[4]), in[5], in[6], options);
                      }};
      };
      auto numbers = [](const std::vector<std::int64_t>& values) {
        const auto n = static_cast<std::int64_t>(values.size());
        return tensor(values, {n});
      };
      const std::int64_t kv_heads = sample_size(g, 1, 3);
      return std::vector<Sample>{
          of("heads that share keys", 4, 2, 4, numbers({2, 0}), numbers({3, 0})),
          of("one text", 1, 1, 2, numbers({1}), numbers({4})),
          of("a window and a cap", 2, 1, 4, numbers({0, 2}), numbers({4, 1}), {.window = 2, .softcap = 0.7}),
          of("a part of each head turned", 2, 2, 5, numbers({1, 0}), numbers({3, 2}), {}, 2),
          of("nothing turned", 1, 1, 3, numbers({1}), numbers({2}), {}, 0),
          of("no text", 2, 1, 4, numbers({}), numbers({})),
          of("drawn sizes", kv_heads * sample_size(g, 1, 3), kv_heads, 2 * sample_size(g, 1, 3), numbers({0, 2, 1}),
             sample_indices(g, {3}, 5))};
    }};

}  // namespace
}  // namespace adora::suite
