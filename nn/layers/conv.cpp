#include "conv.h"

#include <cmath>

#include "../../ops/creation.h"
#include "../noted_call.h"

namespace adora {
namespace {

/// [first, second, kernel…] for a layer of `axes` axes.
Shape weight_shape(const char* layer, int axes, std::int64_t first, std::int64_t second, const Shape& kernel_size) {
  check(kernel_size.size() == 1 || kernel_size.size() == axes,
        "{}: kernel_size {} must be one number, or one for each of {} axes", layer, kernel_size, axes);
  Shape shape{first, second};
  for (int d = 0; d < axes; ++d) {
    shape.push_back(kernel_size[kernel_size.size() == 1 ? 0 : d]);
    check(shape[d + 2] >= 1, "{}: kernel_size {} must be at least 1", layer, kernel_size);
  }
  numel(shape, layer);
  return shape;
}

void check_channels(const char* layer, std::int64_t in, std::int64_t out, std::int64_t groups) {
  check(in >= 0 && out >= 0, "{}: there can't be {} channels in and {} out", layer, in, out);
  check(groups >= 1 && in % groups == 0 && out % groups == 0,
        "{}: {} channels in and {} out must be multiples of the {} groups", layer, in, out, groups);
}

/// Weight and bias, uniform in ±1/√fan_in, which is all of the weight's sizes but the first.
void make(Tensor& weight, Tensor& bias, const Shape& shape, std::int64_t out, bool bias_wanted, Generator& generator,
          DType dtype, Device device) {
  double fan_in = 1;
  for (int d = 1; d < shape.size(); ++d) fan_in *= static_cast<double>(shape[d]);
  const double bound = fan_in > 0 ? 1 / std::sqrt(fan_in) : 0;
  weight = uniform(shape, -bound, bound, generator, dtype, device);
  if (bias_wanted) bias = uniform({out}, -bound, bound, generator, dtype, device);
}

}  // namespace

template <int axes>
Conv<axes>::Conv(std::int64_t in, std::int64_t out, const Shape& kernel_size, Generator& generator,
                 const ConvLayerOptions& options)
    : options{.stride = options.stride,
              .padding = options.padding,
              .dilation = options.dilation,
              .groups = options.groups} {
  const char* layer = axes == 1 ? "Conv1d" : axes == 2 ? "Conv2d" : "Conv3d";
  check_channels(layer, in, out, options.groups);
  make(weight, bias, weight_shape(layer, axes, out, in / options.groups, kernel_size), out, options.bias, generator,
       options.dtype, options.device);
  parameter("weight", weight);
  parameter("bias", bias);
}

template <int axes> Tensor Conv<axes>::base(const Tensor& x) const {
  if constexpr (axes == 1) return conv1d(x, weight, bias, options);
  else if constexpr (axes == 2) return conv2d(x, weight, bias, options);
  else return conv3d(x, weight, bias, options);
}

template <int axes>
ConvTranspose<axes>::ConvTranspose(std::int64_t in, std::int64_t out, const Shape& kernel_size, Generator& generator,
                                   const ConvTransposeLayerOptions& options)
    : options{.stride = options.stride,
              .padding = options.padding,
              .output_padding = options.output_padding,
              .groups = options.groups,
              .dilation = options.dilation} {
  const char* layer = axes == 1 ? "ConvTranspose1d" : axes == 2 ? "ConvTranspose2d" : "ConvTranspose3d";
  check_channels(layer, in, out, options.groups);
  make(weight, bias, weight_shape(layer, axes, in, out / options.groups, kernel_size), out, options.bias, generator,
       options.dtype, options.device);
  parameter("weight", weight);
  parameter("bias", bias);
}

template <int axes> Tensor ConvTranspose<axes>::operator()(const Tensor& x) const {
  return noted_call(*this, [&] {
    if constexpr (axes == 1) return conv_transpose1d(x, weight, bias, options);
    else if constexpr (axes == 2) return conv_transpose2d(x, weight, bias, options);
    else return conv_transpose3d(x, weight, bias, options);
  });
}

template class Conv<1>;
template class Conv<2>;
template class Conv<3>;
template class ConvTranspose<1>;
template class ConvTranspose<2>;
template class ConvTranspose<3>;

}  // namespace adora
