#include "ops/truth.h"

#include "sample.h"

namespace adora::suite {
namespace {

const Samples any_samples{
    "any", [](Generator& g) {
      auto over = [&](const char* what, Shape shape, Shape dims) {
        return Sample{what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return any(in[0], dims); }};
      };
      return std::vector<Sample>{over("everything", {2, 3}, {}), over("rows", {3, 4}, 1),
                                 over("drawn sizes", {sample_size(g), sample_size(g)}, 0)};
    }};

}  // namespace
}  // namespace adora::suite
