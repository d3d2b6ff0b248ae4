#include "ops/interpolate.h"

#include "sample.h"

namespace adora::suite {
namespace {

const Samples interpolate_samples{
    "interpolate", [](Generator& g) {
      auto call = [&](const char* what, const Shape& shape, const InterpolateOptions& options) {
        return Sample{what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return interpolate(in[0], options); }};
      };
      using Mode = InterpolateMode;
      return std::vector<Sample>{
          call("twice as large", {2, 2, 2, 3}, {.scale_factor = {2}}),
          call("nearest, one axis", {1, 2, 5}, {.size = {3}}),
          call("nearest exactly, three axes", {1, 1, 2, 3, 2}, {.size = {3, 2, 5}, .mode = Mode::nearest_exact}),
          call("linear", {2, 1, 4}, {.size = {7}, .mode = Mode::linear}),
          call("bilinear", {1, 2, 3, 2}, {.scale_factor = {2, 1.5}, .mode = Mode::bilinear}),
          call("bilinear, smaller", {1, 1, 5, 4}, {.size = {2, 3}, .mode = Mode::bilinear}),
          call("corners aligned", {1, 2, 3, 2}, {.size = {5, 1}, .mode = Mode::bilinear, .align_corners = true}),
          call("trilinear", {1, 1, 2, 3, 2}, {.size = {3}, .mode = Mode::trilinear}),
          call("no images", {0, 2, 3}, {.size = {2}, .mode = Mode::linear}),
          call("drawn sizes", {1, sample_size(g, 1, 2), sample_size(g), sample_size(g)},
               {.size = {sample_size(g, 1, 6), sample_size(g, 1, 6)}, .mode = Mode::bilinear})};
    }};

const Samples interpolate_gradient_samples{
    "interpolate_gradient", [](Generator& g) {
      auto call = [&](const char* what, const Shape& shape, const Shape& image, const InterpolateOptions& options) {
        return Sample{what, {sample_tensor(g, shape)}, [=](const Tensors& in) {
                        return detail::interpolate_gradient(in[0], image, options);
                      }};
      };
      return std::vector<Sample>{
          call("twice as large", {2, 2, 4, 6}, {2, 3}, {.scale_factor = {2}}),
          call("bilinear", {1, 2, 4, 3}, {3, 2}, {.size = {4, 3}, .mode = InterpolateMode::bilinear}),
          call("no images", {0, 2, 4}, {2}, {.size = {4}})};
    }};

}  // namespace
}  // namespace adora::suite
