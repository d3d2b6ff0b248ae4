#include "ops/embedding.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples embedding_samples{
    "embedding", [](Generator& g) {
      auto run = [](const Tensors& in) { return embedding(in[0], in[1]); };
      const Shape drawn = sample_shape(g, 0, 3);
      return std::vector<Sample>{
          {"drawn sizes", {sample_tensor(g, {4, sample_size(g)}), sample_indices(g, drawn, 4)}, run},
          {"a row of ids", {sample_tensor(g, {5, 3}), sample_indices(g, {7}, 5)}, run},
          {"a batch of ids", {sample_tensor(g, {4, 3}), sample_indices(g, {2, 3}, 4)}, run},
          {"one id", {sample_tensor(g, {4, 3}), sample_indices(g, {}, 4)}, run},
          {"no ids", {sample_tensor(g, {4, 3}), sample_indices(g, {0}, 4)}, run}};
    }};

const Samples embedding_gradient_samples{
    "embedding_gradient", [](Generator& g) {
      return std::vector<Sample>{{"ids that repeat",
                                  {sample_tensor(g, {6, 3}), sample_indices(g, {6}, 4)},
                                  [](const Tensors& in) { return detail::embedding_gradient(in[0], in[1], 4); }}};
    }};

}  // namespace
}  // namespace adora::suite
