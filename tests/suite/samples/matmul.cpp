#include "ops/matmul.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples matmul_samples{"matmul", [](Generator& g) {
                               auto run = [](const Tensors& in) { return matmul(in[0], in[1]); };
                               auto two = [&](const char* what, Shape a, Shape b) {
                                 return Sample{what, {sample_tensor(g, a), sample_tensor(g, b)}, run};
                               };
                               // Drawn: a batch shape, two that broadcast to it, and three sizes, the inner one now and
                               // then 0.
                               Shape whole = sample_shape(g, 0, 2), a = sample_broadcastable(g, whole), b = whole;
                               std::int64_t m = sample_size(g), k = sample_size(g, 0), n = sample_size(g);
                               for (std::int64_t size : {m, k}) a.push_back(size);
                               for (std::int64_t size : {k, n}) b.push_back(size);
                               return std::vector<Sample>{two("drawn sizes", a, b),
                                                          two("matrices", {3, 4}, {4, 5}),
                                                          two("batches", {2, 3, 4}, {2, 4, 5}),
                                                          two("a batch and a matrix", {2, 3, 4}, {4, 5}),
                                                          two("a matrix and a batch", {3, 4}, {2, 4, 5}),
                                                          two("batches that broadcast", {2, 1, 3, 4}, {3, 4, 2}),
                                                          two("an inner size of nothing", {3, 0}, {0, 2}),
                                                          two("no rows", {0, 4}, {4, 2}),
                                                          two("a dot product", {1, 6}, {6, 1}),
                                                          two("two vectors", {5}, {5}),
                                                          two("a vector and a matrix", {3}, {3, 4}),
                                                          two("a vector and a batch", {3}, {2, 1, 3, 4}),
                                                          two("a matrix and a vector", {4, 3}, {3}),
                                                          two("a batch and a vector", {2, 3, 4}, {4}),
                                                          two("vectors of nothing", {0}, {0}),
                                                          two("a vector of nothing and a matrix", {0}, {0, 3}),
                                                          two("a drawn vector and a batch", {k}, b),
                                                          two("a batch and a drawn vector", a, {k})};
                             }};

const Samples linear_samples{
    "linear", [](Generator& g) {
      auto run = [](const Tensors& in) { return linear(in[0], in[1], in.size() > 2 ? in[2] : Tensor()); };
      auto of = [&](const char* what, const Shape& x, std::int64_t out, bool bias) {
        Tensors inputs{sample_tensor(g, x), sample_tensor(g, {out, x.back()})};
        if (bias) inputs.push_back(sample_tensor(g, {out}));
        return Sample{what, inputs, run};
      };
      return std::vector<Sample>{of("drawn sizes", sample_shape(g, 1, 3), sample_size(g), true),
                                 of("rows with a bias", {3, 4}, 5, true),
                                 of("rows without", {3, 4}, 2, false),
                                 of("a batch", {2, 3, 4}, 5, true),
                                 of("one vector", {4}, 3, true),
                                 of("no rows", {0, 4}, 3, true),
                                 of("nothing to add up", {2, 0}, 3, true)};
    }};

}  // namespace
}  // namespace adora::suite
