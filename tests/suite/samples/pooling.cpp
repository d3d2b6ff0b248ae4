#include "ops/pooling.h"

#include "sample.h"

namespace adora::suite {
namespace {

using detail::Pooling;

/// Images of 3 × 4, and 2 × 3 windows of 2 × 2.
Pooling overlapping() {
  Pooling pooling{.windows = {}, .axes = 2};
  pooling.windows.windows.axis[1] = {.in = 3, .out = 2, .kernel = 2, .stride = 2, .padding = 1, .dilation = 1};
  pooling.windows.windows.axis[2] = {.in = 4, .out = 3, .kernel = 2, .stride = 1, .padding = 0, .dilation = 1};
  return pooling;
}

const Samples max_pool_gradient_samples{
    "max_pool_gradient", [](Generator& g) {
      auto call = [&](const char* what, std::int64_t n) {
        const Pooling pooling = overlapping();
        const Tensor x = sample_tensor(g, {n, 2, 3, 4});
        const Tensor indices = detail::max_pool("max_pool2d", x, pooling, true).indices;
        return Sample{what, {sample_tensor(g, {n, 2, 2, 3}), indices}, [=](const Tensors& in) {
                        return detail::max_pool_gradient(in[0], in[1], pooling);
                      }};
      };
      return std::vector<Sample>{call("overlapping windows", 2), call("no images", 0)};
    }};

const Samples avg_pool_gradient_samples{
    "avg_pool_gradient", [](Generator& g) {
      auto call = [&](const char* what, std::int64_t n) {
        return Sample{what, {sample_tensor(g, {n, 2, 2, 3})}, [pooling = overlapping()](const Tensors& in) {
                        return detail::avg_pool_gradient("avg_pool2d", in[0], pooling);
                      }};
      };
      return std::vector<Sample>{call("overlapping windows", 2), call("no images", 0)};
    }};

}  // namespace
}  // namespace adora::suite
