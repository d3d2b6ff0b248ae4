#include "ops/index.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples gather_samples{
    "gather", [](Generator& g) {
      auto along = [&](const char* what, Shape x, std::int64_t dim, Shape index) {
        return Sample{what,
                      {sample_tensor(g, x), sample_indices(g, index, x[dim < 0 ? x.size() - 1 : int(dim)])},
                      [=](const Tensors& in) { return gather(in[0], dim, in[1]); }};
      };
      const Shape drawn = {sample_size(g), sample_size(g), sample_size(g)};
      return std::vector<Sample>{
          along("drawn sizes", drawn, 1, {drawn[0], sample_size(g, 0), sample_size(g, 1, drawn[2])}),
          along("columns", {3, 4}, 1, {3, 6}),
          along("rows", {3, 4}, 0, {2, 4}),
          along("a smaller index", {2, 3, 4}, 1, {1, 2, 3}),
          along("one dimension", {5}, -1, {7}),
          along("nothing", {3, 4}, 1, {0, 2})};
    }};

const Samples scatter_add_samples{
    "scatter_add", [](Generator& g) {
      auto along = [&](const char* what, Shape x, std::int64_t dim, Shape index, Shape src) {
        return Sample{what,
                      {sample_tensor(g, x), sample_indices(g, index, x[int(dim)]), sample_tensor(g, src)},
                      [=](const Tensors& in) { return scatter_add(in[0], dim, in[1], in[2]); }};
      };
      const Shape drawn = {sample_size(g), sample_size(g), sample_size(g)};
      const Shape places = {sample_size(g, 1, drawn[0]), sample_size(g, 0, 5), drawn[2]};
      return std::vector<Sample>{along("drawn sizes", drawn, 1, places, {places[0] + 1, places[1], places[2] + 2}),
                                 along("columns", {3, 4}, 1, {3, 6}, {3, 6}), along("rows", {3, 4}, 0, {5, 4}, {5, 4}),
                                 along("a larger source", {2, 3, 4}, 1, {1, 2, 3}, {2, 2, 5}),
                                 along("nothing", {3, 4}, 1, {0, 2}, {0, 2})};
    }};

const Samples index_select_samples{
    "index_select", [](Generator& g) {
      auto along = [&](const char* what, Shape x, std::int64_t dim, std::int64_t n) {
        return Sample{what, {sample_tensor(g, x), sample_indices(g, {n}, x[int(dim)])}, [=](const Tensors& in) {
                        return index_select(in[0], dim, in[1]);
                      }};
      };
      const Shape drawn{sample_size(g), sample_size(g), sample_size(g)};
      return std::vector<Sample>{along("drawn sizes", drawn, sample_size(g, 0, 2), sample_size(g, 0)),
                                 along("rows", {3, 4}, 0, 5),
                                 along("columns", {3, 4}, 1, 2),
                                 along("the middle", {2, 3, 4}, 1, 4),
                                 along("one dimension", {5}, 0, 3),
                                 along("no index", {3, 4}, 0, 0)};
    }};

const Samples index_add_samples{
    "index_add", [](Generator& g) {
      auto along = [&](const char* what, Shape x, std::int64_t dim, Shape src) {
        return Sample{what,
                      {sample_tensor(g, x), sample_indices(g, {src[int(dim)]}, x[int(dim)]), sample_tensor(g, src)},
                      [=](const Tensors& in) { return index_add(in[0], dim, in[1], in[2]); }};
      };
      const Shape drawn{sample_size(g), sample_size(g), sample_size(g)};
      return std::vector<Sample>{along("drawn sizes", drawn, 1, {drawn[0], sample_size(g, 0), drawn[2]}),
                                 along("rows", {3, 4}, 0, {5, 4}), along("columns", {3, 4}, 1, {3, 6}),
                                 along("one dimension", {5}, 0, {3}), along("no index", {3, 4}, 0, {0, 4})};
    }};

}  // namespace
}  // namespace adora::suite
