#include "ops/triangle.h"
#include "sample.h"

namespace adora::suite {
namespace {

auto samples_of(Tensor (*op)(const Tensor&, std::int64_t)) {
  return [=](Generator& g) {
    auto at = [&](const char* what, Shape shape, std::int64_t diagonal) {
      return Sample{what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return op(in[0], diagonal); }};
    };
    return std::vector<Sample>{at("a matrix", {3, 3}, 0), at("a wide batch, above", {2, 3, 5}, 1),
                               at("a tall one, below", {4, 2}, -2), at("nothing", {0, 3}, 0),
                               at("drawn sizes", sample_shape(g, 2), sample_size(g, -3, 3))};
  };
}

const Samples tril_samples{"tril", samples_of(tril)};
const Samples triu_samples{"triu", samples_of(triu)};

}  // namespace
}  // namespace adora::suite
