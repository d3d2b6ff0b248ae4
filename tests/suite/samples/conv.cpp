#include "ops/conv.h"

#include "sample.h"

namespace adora::suite {
namespace {

using Conv = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const ConvOptions&);
using ConvTranspose = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const ConvTransposeOptions&);

/// [n, c, size…] of `axes` axes; without n where that is negative.
Shape images(std::int64_t n, std::int64_t c, std::int64_t size, int axes) {
  Shape shape{c};
  if (n >= 0) shape.insert(0, n);
  for (int d = 0; d < axes; ++d) shape.push_back(size + d);
  return shape;
}
Shape weights(std::int64_t o, std::int64_t c, std::int64_t size, int axes) {
  Shape shape{o, c};
  for (int d = 0; d < axes; ++d) shape.push_back(size);
  return shape;
}

/// Samples of a convolution of `axes` axes, small enough for numeric derivatives.
auto samples_of(Conv f, int axes) {
  return [=](Generator& g) {
    auto call = [&](const char* what, const Shape& x, const Shape& weight, bool bias, const ConvOptions& options) {
      return Sample{what,
                    {sample_tensor(g, x), sample_tensor(g, weight), bias ? sample_tensor(g, {weight[0]}) : Tensor()},
                    [=](const Tensors& in) { return f(in[0], in[1], in[2], options); }};
    };
    const std::int64_t size = axes == 3 ? 2 : axes == 2 ? 3 : 5;
    const std::int64_t stride = sample_size(g, 1, 3), dilation = sample_size(g, 1, 2), kernel = sample_size(g, 1, 2);
    return std::vector<Sample>{
        call("plain", images(2, 2, size, axes), weights(3, 2, 2, axes), true, {}),
        call("one by one", images(2, 3, size - 1, axes), weights(2, 3, 1, axes), true, {}),
        call("strides, padding and dilation", images(1, 2, size, axes), weights(2, 2, 2, axes), false,
             {.stride = {2}, .padding = {1}, .dilation = {2}}),
        call("groups", images(1, 4, 2, axes), weights(6, 2, 2, axes), true, {.padding = {1}, .groups = 2}),
        call("depthwise", images(2, 3, 2, axes), weights(3, 1, 2, axes), true, {.padding = {1}, .groups = 3}),
        call("the same size", images(1, 1, size, axes), weights(2, 1, 2, axes), true, {.padding = ConvPadding::same()}),
        call("no batch", images(-1, 2, size, axes), weights(1, 2, 2, axes), true, {.padding = ConvPadding::valid()}),
        call("no images", images(0, 2, size, axes), weights(2, 2, 2, axes), true, {}),
        call("drawn sizes", images(sample_size(g, 1, 2), 2, sample_size(g, 2, 3), axes),
             weights(2 * sample_size(g, 1, 2), 1, kernel, axes), true,
             {.stride = {stride}, .padding = {sample_size(g, 1, 2)}, .dilation = {dilation}, .groups = 2})};
  };
}

auto samples_of(ConvTranspose f, int axes) {
  return [=](Generator& g) {
    auto call = [&](const char* what, const Shape& x, const Shape& weight, std::int64_t outputs,
                    const ConvTransposeOptions& options) {
      return Sample{what,
                    {sample_tensor(g, x), sample_tensor(g, weight), outputs ? sample_tensor(g, {outputs}) : Tensor()},
                    [=](const Tensors& in) { return f(in[0], in[1], in[2], options); }};
    };
    const std::int64_t stride = sample_size(g, 1, 3), dilation = sample_size(g, 1, 2);
    return std::vector<Sample>{
        call("plain", images(2, 2, 2, axes), weights(2, 3, 2, axes), 3, {}),
        call("one by one", images(1, 3, 2, axes), weights(3, 2, 1, axes), 0, {}),
        call("strides, padding and more at the end", images(1, 2, 2, axes), weights(2, 1, 3, axes), 1,
             {.stride = {2}, .padding = {1}, .output_padding = {1}}),
        call("groups and dilation", images(1, 4, 2, axes), weights(4, 1, 2, axes), 2, {.groups = 2, .dilation = {2}}),
        call("no batch", images(-1, 2, 2, axes), weights(2, 1, 2, axes), 1, {}),
        call("no images", images(0, 2, 2, axes), weights(2, 1, 2, axes), 1, {}),
        call("drawn sizes", images(sample_size(g, 1, 2), 2, sample_size(g, 1, 2), axes),
             weights(2, sample_size(g, 1, 2), 2, axes), 0, {.stride = {stride}, .dilation = {dilation}})};
  };
}

const Samples conv1d_samples{"conv1d", samples_of(conv1d, 1)};
const Samples conv2d_samples{"conv2d", samples_of(conv2d, 2)};
const Samples conv3d_samples{"conv3d", samples_of(conv3d, 3)};
const Samples conv_transpose1d_samples{"conv_transpose1d", samples_of(conv_transpose1d, 1)};
const Samples conv_transpose2d_samples{"conv_transpose2d", samples_of(conv_transpose2d, 2)};
const Samples conv_transpose3d_samples{"conv_transpose3d", samples_of(conv_transpose3d, 3)};

}  // namespace
}  // namespace adora::suite
