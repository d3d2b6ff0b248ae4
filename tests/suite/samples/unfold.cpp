#include "ops/unfold.h"

#include "sample.h"

namespace adora::suite {
namespace {

const Samples unfold_samples{
    "unfold", [](Generator& g) {
      auto call = [&](const char* what, const Shape& x, const Shape& kernel, const UnfoldOptions& options) {
        return Sample{what, {sample_tensor(g, x)}, [=](const Tensors& in) { return unfold(in[0], kernel, options); }};
      };
      return std::vector<Sample>{
          call("plain", {2, 2, 3, 3}, {2}, {}),
          call("all options", {1, 2, 4, 3}, {2, 1}, {.dilation = {2}, .padding = {1, 0}, .stride = {2, 1}}),
          call("no batch", {2, 3, 3}, {2, 3}, {}), call("no images", {0, 2, 3, 3}, {2}, {}),
          call("drawn sizes", {1, sample_size(g, 1, 2), sample_size(g, 2, 4), sample_size(g, 2, 4)}, {2},
               {.dilation = {1}, .padding = {sample_size(g, 0, 1)}, .stride = {sample_size(g)}})};
    }};

const Samples fold_samples{
    "fold", [](Generator& g) {
      auto call = [&](const char* what, const Shape& x, const Shape& size, const Shape& kernel,
                      const UnfoldOptions& options) {
        return Sample{
            what, {sample_tensor(g, x)}, [=](const Tensors& in) { return fold(in[0], size, kernel, options); }};
      };
      return std::vector<Sample>{
          call("plain", {2, 4, 4}, {3}, {2}, {}),
          call("all options", {1, 4, 6}, {4, 3}, {2, 1}, {.dilation = {2}, .padding = {1, 0}, .stride = {2, 1}}),
          call("no batch", {8, 2}, {3, 2}, {2}, {}), call("no images", {0, 4, 4}, {3}, {2}, {})};
    }};

}  // namespace
}  // namespace adora::suite
