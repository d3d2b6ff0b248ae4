#include "pool.h"

#include "op.h"
#include "pooling.h"
#include "windows.h"

namespace adora {
namespace {

using detail::for_each_axis, detail::Pooling;

/// Windows over images of the sizes that x has behind its channels.
Pooling pooling_of(const char* op, const Tensor& x, int axes, const Shape& kernel_size, const Shape& strides,
                   const Shape& paddings, const Shape& dilations, bool ceil_mode) {
  const Shape kernel = for_each_axis(op, "kernel_size", kernel_size, axes, 1),
              stride = for_each_axis(op, "stride", strides.empty() ? kernel : strides, axes, 1),
              padding = for_each_axis(op, "padding", paddings, axes, 0),
              dilation = for_each_axis(op, "dilation", dilations, axes, 1);
  Pooling pooling{.windows = {}, .axes = axes};
  for (int d = 0; d < axes; ++d) {
    const std::int64_t in = x.shape()[d + 2], reach = dilation[d] * (kernel[d] - 1);
    check(2 * padding[d] <= reach + 1, "{}: padding {} must be at most half of the kernel {} with the dilation {}", op,
          padding, kernel, dilation);
    const std::int64_t rest = in + 2 * padding[d] - reach - 1;
    check(rest >= 0 || (ceil_mode && rest + stride[d] > 0),
          "{}: a kernel of {} with the dilation {} is larger than {} with the padding {}", op, kernel, dilation,
          describe(x), padding);
    std::int64_t out = rest < 0 ? 1 : (rest + (ceil_mode ? stride[d] - 1 : 0)) / stride[d] + 1;
    if (ceil_mode && (out - 1) * stride[d] >= in + padding[d]) --out;
    detail::axis_of(pooling.windows.windows, axes, d) = {
        .in = in, .out = out, .kernel = kernel[d], .stride = stride[d], .padding = padding[d], .dilation = dilation[d]};
    // Only where taps lie further apart than the image is long.
    for (std::int64_t o = 0; dilation[d] > in && o < out; ++o) {
      const auto [first, end, step] = pooling.windows.places(3 - axes + d, o);
      check(first < end, "{}: a window of the kernel {} with the dilation {} sees nothing but padding of {}", op,
            kernel, dilation, describe(x));
    }
  }
  numel(detail::images_shape(x, detail::sizes_out(pooling.windows.windows, axes)), op);
  return pooling;
}

Pooling adaptive(const char* op, const Tensor& x, int axes, const Shape& output_size) {
  const Shape out = for_each_axis(op, "output_size", output_size, axes, 1);
  Pooling pooling{.windows = {}, .axes = axes};
  pooling.windows.adaptive = true;
  for (int d = 0; d < axes; ++d) {
    backends::WindowAxis& axis = detail::axis_of(pooling.windows.windows, axes, d);
    axis.in = x.shape()[d + 2], axis.out = out[d];
  }
  numel(detail::images_shape(x, out), op);
  return pooling;
}

ValuesAndIndices max_pool(const char* op, int axes, const Tensor& x, const Shape& kernel_size,
                          const MaxPoolOptions& options, bool with_indices) {
  check_inputs(op, {&x});
  const Tensor images = detail::batch_of_images(op, x, axes);
  const Pooling pooling =
      pooling_of(op, images, axes, kernel_size, options.stride, options.padding, options.dilation, options.ceil_mode);
  const auto [values, indices] = detail::max_pool(op, images, pooling, with_indices);
  return {detail::as_given(values, x, axes), with_indices ? detail::as_given(indices, x, axes) : Tensor()};
}

Tensor avg_pool(const char* op, int axes, const Tensor& x, const Shape& kernel_size, const AvgPoolOptions& options) {
  check_inputs(op, {&x});
  const Tensor images = detail::batch_of_images(op, x, axes);
  check(!options.divisor_override || *options.divisor_override != 0, "{}: divisor_override must not be 0", op);
  Pooling pooling = pooling_of(op, images, axes, kernel_size, options.stride, options.padding, {1}, options.ceil_mode);
  pooling.windows.count_include_pad = options.count_include_pad;
  pooling.windows.divisor = options.divisor_override.value_or(0);
  return detail::as_given(detail::avg_pool(op, images, pooling), x, axes);
}

Tensor adaptive_avg_pool(const char* op, int axes, const Tensor& x, const Shape& output_size) {
  check_inputs(op, {&x});
  const Tensor images = detail::batch_of_images(op, x, axes);
  return detail::as_given(detail::avg_pool(op, images, adaptive(op, images, axes, output_size)), x, axes);
}

Tensor adaptive_max_pool(const char* op, int axes, const Tensor& x, const Shape& output_size) {
  check_inputs(op, {&x});
  const Tensor images = detail::batch_of_images(op, x, axes);
  const Pooling pooling = adaptive(op, images, axes, output_size);
  return detail::as_given(detail::max_pool(op, images, pooling, false).values, x, axes);
}

}  // namespace

Tensor max_pool1d(const Tensor& x, const Shape& kernel_size, const MaxPoolOptions& options) {
  return max_pool("max_pool1d", 1, x, kernel_size, options, false).values;
}
ValuesAndIndices max_pool1d_with_indices(const Tensor& x, const Shape& kernel_size, const MaxPoolOptions& options) {
  return max_pool("max_pool1d", 1, x, kernel_size, options, true);
}
const Op max_pool1d_op{"max_pool1d"};

Tensor max_pool2d(const Tensor& x, const Shape& kernel_size, const MaxPoolOptions& options) {
  return max_pool("max_pool2d", 2, x, kernel_size, options, false).values;
}
ValuesAndIndices max_pool2d_with_indices(const Tensor& x, const Shape& kernel_size, const MaxPoolOptions& options) {
  return max_pool("max_pool2d", 2, x, kernel_size, options, true);
}
const Op max_pool2d_op{"max_pool2d"};

Tensor max_pool3d(const Tensor& x, const Shape& kernel_size, const MaxPoolOptions& options) {
  return max_pool("max_pool3d", 3, x, kernel_size, options, false).values;
}
ValuesAndIndices max_pool3d_with_indices(const Tensor& x, const Shape& kernel_size, const MaxPoolOptions& options) {
  return max_pool("max_pool3d", 3, x, kernel_size, options, true);
}
const Op max_pool3d_op{"max_pool3d"};

Tensor avg_pool1d(const Tensor& x, const Shape& kernel_size, const AvgPoolOptions& options) {
  return avg_pool("avg_pool1d", 1, x, kernel_size, options);
}
const Op avg_pool1d_op{"avg_pool1d"};

Tensor avg_pool2d(const Tensor& x, const Shape& kernel_size, const AvgPoolOptions& options) {
  return avg_pool("avg_pool2d", 2, x, kernel_size, options);
}
const Op avg_pool2d_op{"avg_pool2d"};

Tensor avg_pool3d(const Tensor& x, const Shape& kernel_size, const AvgPoolOptions& options) {
  return avg_pool("avg_pool3d", 3, x, kernel_size, options);
}
const Op avg_pool3d_op{"avg_pool3d"};

Tensor adaptive_avg_pool1d(const Tensor& x, const Shape& output_size) {
  return adaptive_avg_pool("adaptive_avg_pool1d", 1, x, output_size);
}
const Op adaptive_avg_pool1d_op{"adaptive_avg_pool1d"};

Tensor adaptive_avg_pool2d(const Tensor& x, const Shape& output_size) {
  return adaptive_avg_pool("adaptive_avg_pool2d", 2, x, output_size);
}
const Op adaptive_avg_pool2d_op{"adaptive_avg_pool2d"};

Tensor adaptive_avg_pool3d(const Tensor& x, const Shape& output_size) {
  return adaptive_avg_pool("adaptive_avg_pool3d", 3, x, output_size);
}
const Op adaptive_avg_pool3d_op{"adaptive_avg_pool3d"};

Tensor adaptive_max_pool1d(const Tensor& x, const Shape& output_size) {
  return adaptive_max_pool("adaptive_max_pool1d", 1, x, output_size);
}
const Op adaptive_max_pool1d_op{"adaptive_max_pool1d"};

Tensor adaptive_max_pool2d(const Tensor& x, const Shape& output_size) {
  return adaptive_max_pool("adaptive_max_pool2d", 2, x, output_size);
}
const Op adaptive_max_pool2d_op{"adaptive_max_pool2d"};

Tensor adaptive_max_pool3d(const Tensor& x, const Shape& output_size) {
  return adaptive_max_pool("adaptive_max_pool3d", 3, x, output_size);
}
const Op adaptive_max_pool3d_op{"adaptive_max_pool3d"};

}  // namespace adora
