#include "ops/softmax.h"
#include "sample.h"

namespace adora::suite {
namespace {

auto samples_of(Tensor (*op)(const Tensor&, std::int64_t)) {
  return [=](Generator& g) {
    auto along = [&](const char* what, Shape shape, std::int64_t dim) {
      return Sample{what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return op(in[0], dim); }};
    };
    const Shape drawn = sample_shape(g, 1);
    return std::vector<Sample>{along("drawn sizes", drawn, sample_size(g, 0, drawn.size() - 1)),
                               along("rows", {3, 5}, -1),
                               along("columns", {3, 5}, 0),
                               along("the middle", {2, 3, 4}, 1),
                               along("rows longer than a vector", {2, 37}, 1),
                               along("no rows", {0, 4}, 1),
                               along("rows of nothing", {3, 0}, 1)};
  };
}

const Samples softmax_samples{"softmax", samples_of(softmax)};
const Samples log_softmax_samples{"log_softmax", samples_of(log_softmax)};

}  // namespace
}  // namespace adora::suite
