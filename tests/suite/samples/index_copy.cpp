#include "ops/index_copy.h"

#include "sample.h"

namespace adora::suite {
namespace {

const Samples index_copy_samples{
    "index_copy", [](Generator& g) {
      auto along = [&](const char* what, Shape x, std::int64_t dim, Shape src) {
        return Sample{what,
                      {sample_tensor(g, x), sample_indices(g, {src[int(dim)]}, x[int(dim)]), sample_tensor(g, src)},
                      [=](const Tensors& in) { return index_copy(in[0], dim, in[1], in[2]); }};
      };
      const Shape drawn{sample_size(g), sample_size(g), sample_size(g)};
      return std::vector<Sample>{along("drawn sizes", drawn, 1, {drawn[0], sample_size(g, 0), drawn[2]}),
                                 along("rows, some twice", {3, 4}, 0, {5, 4}),
                                 along("columns, some twice", {3, 4}, 1, {3, 6}), along("one dimension", {5}, 0, {3}),
                                 along("no index", {3, 4}, 0, {0, 4})};
    }};

const Samples index_fill_samples{"index_fill", [](Generator& g) {
                                   return std::vector<Sample>{
                                       {"rows",
                                        {sample_tensor(g, {4, 3}), sample_indices(g, {3}, 4)},
                                        [](const Tensors& in) { return index_fill(in[0], 0, in[1], 1.5); }},
                                       {"columns, with a number that has a gradient",
                                        {sample_tensor(g, {2, 4}), sample_indices(g, {3}, 4), sample_tensor(g, {})},
                                        [](const Tensors& in) { return index_fill(in[0], -1, in[1], in[2]); }}};
                                 }};

}  // namespace
}  // namespace adora::suite
