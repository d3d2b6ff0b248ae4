#include "conv.h"

#include "convolution.h"
#include "op.h"
#include "windows.h"

namespace adora {
namespace {

using detail::Convolution, detail::for_each_axis, detail::axis_of;

/// Of what both kinds of convolutions ask of the weight.
void check_weight(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias, int axes,
                  std::int64_t groups) {
  check(weight.ndim() == axes + 2, "{}: the weight {} must have {} dimensions, channels and {} spatial", op,
        describe(weight), axes + 2, axes);
  check(is_floating(x.dtype()) && weight.dtype() == x.dtype() && (!bias.defined() || bias.dtype() == x.dtype()),
        "{}: x is {}, the weight {}, the bias {}; all must have one floating dtype: convert with to(x, dtype)", op,
        describe(x), describe(weight), describe(bias));
  for (int d = 2; d < weight.ndim(); ++d)
    check(weight.shape()[d] >= 1 && weight.shape()[d] <= detail::most_places,
          "{}: the kernel sizes of the weight {} must be from 1 to {}", op, describe(weight), detail::most_places);
  check(groups >= 1, "{}: there can't be {} groups", op, groups);
}

void check_bias(const char* op, const Tensor& bias, const Tensor& weight, std::int64_t outputs) {
  check(!bias.defined() || bias.shape() == Shape{outputs},
        "{}: the bias {} must have one number for each of the {} output channels of the weight {}", op, describe(bias),
        outputs, describe(weight));
}

/// One axis of a convolution, in which `out` follows from the others; with `same` so does the padding.
void set_windows(const char* op, backends::WindowAxis& axis, bool same, const Tensor& x, const Tensor& weight) {
  const std::int64_t reach = axis.dilation * (axis.kernel - 1);
  const std::int64_t padding = same ? reach : 2 * axis.padding;
  if (same) axis.padding = reach / 2;
  check(
      axis.in + padding > reach,
      "{}: the kernel of the weight {}, {} places long with its dilation, is larger than the image {} with its padding",
      op, describe(weight), reach + 1, describe(x));
  axis.out = (axis.in + padding - reach - 1) / axis.stride + 1;
}

Tensor conv(const char* op, int axes, const Tensor& given, const Tensor& weight, const Tensor& bias,
            const ConvOptions& options) {
  check_inputs(op, {&given, &weight}, {&bias});
  check_weight(op, given, weight, bias, axes, options.groups);
  const Tensor x = detail::batch_of_images(op, given, axes);
  const std::int64_t groups = options.groups;
  check(x.size(1) % groups == 0 && weight.size(1) == x.size(1) / groups && weight.size(0) % groups == 0,
        "{}: {} does not fit the weight {} with {} groups: its channels must be the weight's second size times the "
        "groups, and the weight's first a multiple of them",
        op, describe(given), describe(weight), groups);
  check_bias(op, bias, weight, weight.size(0));
  const bool same = options.padding.is_same();
  const Shape stride = for_each_axis(op, "stride", options.stride, axes, 1),
              dilation = for_each_axis(op, "dilation", options.dilation, axes, 1),
              padding = for_each_axis(op, "padding", options.padding.sizes(), axes, 0);
  Convolution c{.windows = {}, .axes = axes, .groups = groups};
  for (int d = 0; d < axes; ++d) {
    check(!same || stride[d] == 1, "{}: padding same is for strides of 1, not of {}", op, stride);
    backends::WindowAxis& axis = axis_of(c.windows, axes, d);
    axis = {.in = x.shape()[d + 2],
            .out = 1,
            .kernel = weight.shape()[d + 2],
            .stride = stride[d],
            .padding = padding[d],
            .dilation = dilation[d]};
    set_windows(op, axis, same, given, weight);
  }
  Shape shape = detail::images_shape(x, detail::sizes_out(c.windows, axes));
  shape[1] = weight.size(0);
  numel(shape, op);
  return detail::as_given(detail::convolution(x, weight, bias, c, op), given, axes);
}

Tensor conv_transpose(const char* op, int axes, const Tensor& given, const Tensor& weight, const Tensor& bias,
                      const ConvTransposeOptions& options) {
  check_inputs(op, {&given, &weight}, {&bias});
  check_weight(op, given, weight, bias, axes, options.groups);
  const Tensor x = detail::batch_of_images(op, given, axes);
  const std::int64_t groups = options.groups;
  check(x.size(1) == weight.size(0) && x.size(1) % groups == 0,
        "{}: {} does not fit the weight {} with {} groups: its channels must be the weight's first size and a multiple "
        "of "
        "the groups",
        op, describe(given), describe(weight), groups);
  const std::int64_t outputs = numel({weight.size(1), groups}, op);
  check_bias(op, bias, weight, outputs);
  const Shape stride = for_each_axis(op, "stride", options.stride, axes, 1),
              dilation = for_each_axis(op, "dilation", options.dilation, axes, 1),
              padding = for_each_axis(op, "padding", options.padding, axes, 0),
              more = for_each_axis(op, "output_padding", options.output_padding, axes, 0);
  Convolution c{.windows = {}, .axes = axes, .groups = groups};
  for (int d = 0; d < axes; ++d) {
    check(more[d] < stride[d] || more[d] < dilation[d],
          "{}: output_padding {} must be smaller than the stride {} or the dilation {}", op, more, stride, dilation);
    const std::int64_t kernel = weight.shape()[d + 2], size = x.shape()[d + 2];
    const std::int64_t out = (size - 1) * stride[d] - 2 * padding[d] + dilation[d] * (kernel - 1) + more[d] + 1;
    check(out >= 1, "{}: with the padding {} nothing is left of the result for {} and the weight {}", op, padding,
          describe(given), describe(weight));
    axis_of(c.windows, axes, d) = {
        .in = out, .out = size, .kernel = kernel, .stride = stride[d], .padding = padding[d], .dilation = dilation[d]};
  }
  Shape shape = detail::images_shape(x, detail::sizes_in(c.windows, axes));
  shape[1] = outputs;
  numel(shape, op);
  return detail::as_given(detail::convolution_input(x, weight, bias, c, op), given, axes);
}

}  // namespace

ConvPadding::ConvPadding(const char* word) : ConvPadding(valid()) {
  const std::string_view given = word ? word : "";
  check(given == "same" || given == "valid", "convolution: padding is numbers, \"same\" or \"valid\", not \"{}\"",
        given);
  same_ = given == "same";
}

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvOptions& options) {
  return conv("conv1d", 1, x, weight, bias, options);
}
const Op conv1d_op{"conv1d"};

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvOptions& options) {
  return conv("conv2d", 2, x, weight, bias, options);
}
const Op conv2d_op{"conv2d"};

Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvOptions& options) {
  return conv("conv3d", 3, x, weight, bias, options);
}
const Op conv3d_op{"conv3d"};

Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTransposeOptions& options) {
  return conv_transpose("conv_transpose1d", 1, x, weight, bias, options);
}
const Op conv_transpose1d_op{"conv_transpose1d"};

Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTransposeOptions& options) {
  return conv_transpose("conv_transpose2d", 2, x, weight, bias, options);
}
const Op conv_transpose2d_op{"conv_transpose2d"};

Tensor conv_transpose3d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTransposeOptions& options) {
  return conv_transpose("conv_transpose3d", 3, x, weight, bias, options);
}
const Op conv_transpose3d_op{"conv_transpose3d"};

}  // namespace adora
