#include "ops/grid.h"

#include "ops/arithmetic.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples meshgrid_samples{"meshgrid", [](Generator& g) {
                                 auto by = [](GridIndexing indexing) {
                                   return [=](const Tensors& in) {
                                     const Tensors grid = meshgrid(in, indexing);
                                     return grid[0] * grid[1] + grid.back();
                                   };
                                 };
                                 Tensors vectors;
                                 for (int i = 0; i < 3; ++i) vectors.push_back(sample_tensor(g, {sample_size(g)}));
                                 return std::vector<Sample>{
                                     {"drawn sizes", vectors, by(GridIndexing::ij)},
                                     {"columns first", vectors, by(GridIndexing::xy)},
                                     {"a number", {sample_tensor(g, {2}), sample_tensor(g, {})}, by(GridIndexing::xy)},
                                     {"nothing", {sample_tensor(g, {2}), sample_tensor(g, {0})}, by(GridIndexing::ij)}};
                               }};

const Samples cartesian_prod_samples{
    "cartesian_prod", [](Generator& g) {
      return std::vector<Sample>{{"two vectors", {sample_tensor(g, {3}), sample_tensor(g, {2})}, cartesian_prod},
                                 {"one", {sample_tensor(g, {3})}, cartesian_prod}};
    }};

const Samples combinations_samples{
    "combinations", [](Generator& g) {
      auto of = [&](const char* what, std::int64_t n, std::int64_t r, bool with_replacement) {
        return Sample{
            what, {sample_tensor(g, {n})}, [=](const Tensors& in) { return combinations(in[0], r, with_replacement); }};
      };
      return std::vector<Sample>{of("pairs", 4, 2, false), of("three, with replacement", 3, 3, true),
                                 of("more than there are", 2, 3, false), of("of none", 3, 0, false)};
    }};

}  // namespace
}  // namespace adora::suite
