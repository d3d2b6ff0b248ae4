#include "ops/attention.h"
#include "ops/reduce.h"
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
    // With a mask of that shape as the last input, true or added.
    auto masked = [&](const char* what, std::int64_t heads, std::int64_t kv_heads, const Shape& shape, bool added,
                      AttentionOptions options) {
      Sample sample = of(what, heads, kv_heads, 3, 4, options);
      sample.inputs.push_back(added ? sample_tensor(g, shape) : to(sample_indices(g, shape, 2), boolean));
      sample.run = [=](const Tensors& in) {
        AttentionOptions with_mask = options;
        with_mask.attn_mask = in[3];
        return attend(in[0], in[1], in[2], with_mask);
      };
      return sample;
    };
    std::vector<Sample> samples{of("causal", 2, 2, 4, 4, {.causal = true}),
                                of("all see all", 2, 1, 3, 5, {.scale = 0.3}),
                                of("grouped heads after a cache", 4, 2, 2, 5, {.causal = true}),
                                of("one query", 2, 1, 1, 4, {.causal = true}),
                                of("queries that see nothing", 1, 1, 4, 2, {.causal = true}),
                                of("a window", 2, 1, 4, 5, {.causal = true, .window = 2}),
                                of("a window that shows all", 1, 1, 3, 3, {.causal = true, .window = 7}),
                                of("capped", 2, 1, 3, 4, {.scale = 2, .softcap = 1.5}),
                                of("capped, with a window", 2, 2, 4, 4, {.causal = true, .window = 3, .softcap = 0.7}),
                                of("no queries", 1, 1, 0, 2, {})};
    samples.push_back(masked("a mask for all heads", 2, 2, {2, 1, 3, 4}, false, {.scale = 0.4}));
    samples.push_back(masked("a mask of the keys, causal", 2, 1, {4}, false, {.causal = true}));
    samples.push_back(masked("a mask for each of grouped heads", 4, 2, {4, 3, 4}, false, {}));
    samples.push_back(masked("a bias for each of grouped heads", 4, 2, {4, 1, 4}, true, {}));
    samples.push_back(masked("a mask of the keys, a window and a cap", 2, 1, {4}, false,
                             {.causal = true, .window = 2, .softcap = 1.5}));
    samples.push_back(masked("a bias of the products, causal", 2, 2, {3, 4}, true, {.causal = true}));
    return samples;
  };
}

const Samples scaled_dot_product_attention_samples{"scaled_dot_product_attention",
                                                   samples_of(scaled_dot_product_attention)};
const Samples attention_composed_samples{"attention_composed", samples_of(attention_composed)};

const Samples attention_weights_samples{"attention_weights", [](Generator& g) {
                                          std::vector<Sample> samples = samples_of(scaled_dot_product_attention)(g);
                                          for (Sample& sample : samples) {
                                            sample.inputs.erase(sample.inputs.begin() + 2);  // the values
                                            sample.run = [](const Tensors& in) {
                                              AttentionOptions options{.causal = true};
                                              if (in.size() > 2) options.attn_mask = in[2];
                                              return attention_weights(in[0], in[1], options);
                                            };
                                          }
                                          return samples;
                                        }};

const Samples padding_mask_samples{
    "padding_mask", [](Generator& g) {
      return std::vector<Sample>{{"drawn lengths", {sample_tensor(g, {3, 5})}, [](const Tensors& in) {
                                    return padding_mask(in[0].defined() ? argmax(in[0], 1) : in[0], 4);
                                  }}};
    }};

}  // namespace
}  // namespace adora::suite
