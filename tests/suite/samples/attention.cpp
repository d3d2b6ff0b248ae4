#include "ops/attention.h"
#include "sample.h"

namespace adora::suite {
namespace {

auto samples_of(Tensor (*attend)(const Tensor&, const Tensor&, const Tensor&, const AttentionOptions&)) {
  return [=](Generator& g) {
    auto of = [&](const char* what, std::int64_t heads, std::int64_t kv_heads, std::int64_t queries, std::int64_t keys,
                  const AttentionOptions& options) {
      Tensor q = sample_tensor(g, {2, heads, queries, 3});
      Tensor k = sample_tensor(g, {2, kv_heads, keys, 3}), v = sample_tensor(g, {2, kv_heads, keys, 3});
      // A weight's gradient is taken from its row's mean, and of a query that sees one key nothing is left.
      constexpr double terms = 16;
      return Sample{
          what, {q, k, v}, [=](const Tensors& in) { return attend(in[0], in[1], in[2], options); }, {}, terms};
    };
    return std::vector<Sample>{of("causal", 2, 2, 4, 4, {.causal = true}),
                               of("all see all", 2, 1, 3, 5, {.scale = 0.3}),
                               of("grouped heads after a cache", 4, 2, 2, 5, {.causal = true}),
                               of("one query", 2, 1, 1, 4, {.causal = true}),
                               of("queries that see nothing", 1, 1, 4, 2, {.causal = true}),
                               of("no queries", 1, 1, 0, 2, {})};
  };
}

const Samples scaled_dot_product_attention_samples{"scaled_dot_product_attention",
                                                   samples_of(scaled_dot_product_attention)};
const Samples attention_composed_samples{"attention_composed", samples_of(attention_composed)};

}  // namespace
}  // namespace adora::suite
