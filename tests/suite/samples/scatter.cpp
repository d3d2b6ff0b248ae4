#include "ops/scatter.h"

#include "sample.h"

namespace adora::suite {
namespace {

const Samples scatter_samples{
    "scatter", [](Generator& g) {
      auto along = [&](const char* what, Shape x, std::int64_t dim, Shape index, Shape src) {
        return Sample{what,
                      {sample_tensor(g, x), sample_indices(g, index, x[int(dim)]), sample_tensor(g, src)},
                      [=](const Tensors& in) { return scatter(in[0], dim, in[1], in[2]); }};
      };
      const Shape drawn = {sample_size(g), sample_size(g), sample_size(g)};
      const Shape places = {sample_size(g, 1, drawn[0]), sample_size(g, 0, 5), drawn[2]};
      return std::vector<Sample>{along("drawn sizes", drawn, 1, places, {places[0] + 1, places[1], places[2] + 2}),
                                 along("columns, some twice", {3, 4}, 1, {3, 6}, {3, 6}),
                                 along("rows, some twice", {3, 4}, 0, {5, 4}, {5, 4}),
                                 along("a larger source", {2, 3, 4}, 1, {1, 2, 3}, {2, 2, 5}),
                                 along("nothing", {3, 4}, 1, {0, 2}, {0, 2}),
                                 {"one number",
                                  {sample_tensor(g, {3, 4}), sample_indices(g, {2, 4}, 3)},
                                  [](const Tensors& in) { return scatter(in[0], 0, in[1], 1.5); }}};
    }};

const Samples scatter_reduce_samples{
    "scatter_reduce", [](Generator& g) {
      auto by = [&](const char* what, ScatterReduce reduce, bool include_self) {
        return Sample{what,
                      {sample_tensor(g, {3, 4}), sample_indices(g, {3, 6}, 4), sample_tensor(g, {3, 6})},
                      [=](const Tensors& in) { return scatter_reduce(in[0], 1, in[1], in[2], reduce, include_self); }};
      };
      return std::vector<Sample>{by("sums", ScatterReduce::sum, true), by("sums without x", ScatterReduce::sum, false),
                                 by("means", ScatterReduce::mean, true),
                                 by("means without x", ScatterReduce::mean, false)};
    }};

}  // namespace
}  // namespace adora::suite
