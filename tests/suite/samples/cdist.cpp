#include "ops/cdist.h"

#include <limits>

#include "sample.h"

namespace adora::suite {
namespace {

const Samples cdist_samples{
    "cdist", [](Generator& g) {
      // Apart from one another, so that no difference is near 0.
      auto of = [&](const char* what, const Shape& a, const Shape& b, double p) {
        return Sample{what, {sample_tensor(g, a, 0.5, 2), sample_tensor(g, b, -2, -0.5)}, [=](const Tensors& in) {
                        return cdist(in[0], in[1], p);
                      }};
      };
      const std::int64_t m = sample_size(g);
      return std::vector<Sample>{of("Euclid's", {2, 3}, {4, 3}, 2),
                                 of("along the axes", {2, 3}, {2, 3}, 1),
                                 of("of another power", {3, 2}, {2, 2}, 3),
                                 of("of a root", {2, 2}, {2, 2}, 0.5),
                                 of("the largest", {2, 3}, {2, 3}, std::numeric_limits<double>::infinity()),
                                 of("how many", {2, 2}, {3, 2}, 0),
                                 of("batches that broadcast", {2, 1, 2, 3}, {3, 2, 3}, 2),
                                 of("no rows", {0, 3}, {2, 3}, 2),
                                 of("of nothing", {2, 0}, {2, 0}, 1),
                                 of("drawn", {sample_size(g), m}, {sample_size(g), m}, 1.5)};
    }};

}  // namespace
}  // namespace adora::suite
