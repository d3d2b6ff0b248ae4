#include "ops/compare.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples where_samples{
    "where", [](Generator& g) {
      auto run = [](const Tensors& in) { return where(less(in[0], in[1]), in[2], in[3]); };
      auto made = [&](const char* what, Shape condition, Shape a, Shape b) {
        return Sample{
            what,
            {sample_tensor(g, condition), sample_tensor(g, condition), sample_tensor(g, a), sample_tensor(g, b)},
            run,
            {false, false, true, true}};
      };
      const Shape drawn = sample_shape(g);
      auto part = [&] { return sample_broadcastable(g, drawn); };
      return std::vector<Sample>{made("drawn sizes", part(), part(), part()), made("one shape", {2, 3}, {2, 3}, {2, 3}),
                                 made("all broadcast", {3, 1}, {4}, {2, 1, 1}), made("nothing", {0}, {1}, {1})};
    }};

}  // namespace
}  // namespace adora::suite
