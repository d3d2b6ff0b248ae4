#include "ops/diagonal.h"

#include "sample.h"

namespace adora::suite {
namespace {

const Samples diagonal_samples{
    "diagonal", [](Generator& g) {
      auto at = [&](const char* what, const Shape& shape, std::int64_t offset, std::int64_t a, std::int64_t b) {
        return Sample{
            what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return diagonal(in[0], offset, a, b); }};
      };
      return std::vector<Sample>{at("drawn sizes", sample_shape(g, 2), sample_size(g, -3, 3), 0, 1),
                                 at("a wide matrix, above", {3, 5}, 1, 0, 1), at("a tall one, below", {4, 2}, -2, 1, 0),
                                 at("a batch", {2, 3, 4}, 0, -1, 0), at("none", {2, 3}, 7, 0, 1)};
    }};

const Samples undiagonal_samples{
    "undiagonal", [](Generator& g) {
      return std::vector<Sample>{{"a wide batch", {sample_tensor(g, {3, 2})}, [](const Tensors& in) {
                                    return detail::undiagonal(in[0], {2, 3, 4}, 2, 0, 2);
                                  }}};
    }};

const Samples diag_embed_samples{
    "diag_embed", [](Generator& g) {
      auto at = [&](const char* what, const Shape& shape, std::int64_t offset, std::int64_t a, std::int64_t b) {
        return Sample{
            what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return diag_embed(in[0], offset, a, b); }};
      };
      return std::vector<Sample>{at("drawn sizes", sample_shape(g, 1, 2), sample_size(g, -2, 2), -2, -1),
                                 at("a batch", {2, 3}, 1, 0, 2), at("nothing", {0}, 0, -2, -1)};
    }};

const Samples diag_samples{"diag", [](Generator& g) {
                             auto run = [](const Tensors& in) { return diag(in[0], 1); };
                             return std::vector<Sample>{{"a vector", {sample_tensor(g, {3})}, run},
                                                        {"a matrix", {sample_tensor(g, {3, 4})}, run}};
                           }};

}  // namespace
}  // namespace adora::suite
