#include "ops/convolution.h"

#include "sample.h"

namespace adora::suite {
namespace {

using detail::Convolution;

/// Two axes: images of 3 × 4 with two windows and three, of 2 × 2 taps; with two groups or depthwise.
Convolution two_axes(std::int64_t groups) {
  Convolution c{.windows = {}, .axes = 2, .groups = groups};
  c.windows.axis[1] = {.in = 3, .out = 2, .kernel = 2, .stride = 2, .padding = 1, .dilation = 1};
  c.windows.axis[2] = {.in = 4, .out = 3, .kernel = 2, .stride = 1, .padding = 0, .dilation = 1};
  return c;
}
/// One axis, of a drawn stride.
Convolution one_axis(Generator& g) {
  Convolution c{.windows = {}, .axes = 1, .groups = 1};
  c.windows.axis[2] = {.in = 5, .out = 2, .kernel = 2, .stride = sample_size(g, 1, 3), .padding = 0, .dilation = 1};
  return c;
}

const Samples convolution_samples{
    "convolution", [](Generator& g) {
      auto call = [&](const char* what, Convolution c, const Shape& x, const Shape& weight) {
        return Sample{what, {sample_tensor(g, x), sample_tensor(g, weight)}, [=](const Tensors& in) {
                        return detail::convolution(in[0], in[1], {}, c);
                      }};
      };
      return std::vector<Sample>{call("two axes", two_axes(1), {2, 2, 3, 4}, {3, 2, 2, 2}),
                                 call("groups", two_axes(2), {1, 2, 3, 4}, {4, 1, 2, 2}),
                                 call("one axis, a drawn stride", one_axis(g), {1, 2, 5}, {2, 2, 2})};
    }};

const Samples convolution_input_samples{
    "convolution_input", [](Generator& g) {
      auto call = [&](const char* what, Convolution c, const Shape& y, const Shape& weight) {
        return Sample{what, {sample_tensor(g, y), sample_tensor(g, weight)}, [=](const Tensors& in) {
                        return detail::convolution_input(in[0], in[1], {}, c);
                      }};
      };
      return std::vector<Sample>{call("two axes", two_axes(1), {2, 3, 2, 3}, {3, 2, 2, 2}),
                                 call("groups", two_axes(2), {1, 4, 2, 3}, {4, 1, 2, 2}),
                                 call("one axis, a drawn stride", one_axis(g), {1, 2, 2}, {2, 2, 2})};
    }};

const Samples convolution_weight_samples{
    "convolution_weight", [](Generator& g) {
      auto call = [&](const char* what, Convolution c, const Shape& x, const Shape& y) {
        return Sample{what, {sample_tensor(g, x), sample_tensor(g, y)}, [=](const Tensors& in) {
                        return detail::convolution_weight(in[0], in[1], c);
                      }};
      };
      return std::vector<Sample>{call("two axes", two_axes(1), {2, 2, 3, 4}, {2, 3, 2, 3}),
                                 call("groups", two_axes(2), {1, 2, 3, 4}, {1, 4, 2, 3}),
                                 call("no images", two_axes(1), {0, 2, 3, 4}, {0, 3, 2, 3}),
                                 call("one axis, a drawn stride", one_axis(g), {1, 2, 5}, {1, 2, 2})};
    }};

}  // namespace
}  // namespace adora::suite
