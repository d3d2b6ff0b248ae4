#include "convolution.h"

#include "../autograd/record.h"
#include "../backends/conv.h"
#include "op.h"
#include "reduce.h"
#include "windows.h"

namespace adora {
namespace detail {
namespace {

/// The gradient of the bias: the sum over images and their places.
Tensor sum_of_channels(const Tensor& g) {
  Shape dims{0};
  for (int d = 2; d < g.ndim(); ++d) dims.push_back(d);
  return sum(g, dims);
}

/// Users' arguments were checked before; here it is only what the kernels rely on.
void check_kinds(const char* op, const Tensor& a, const Tensor& b, const Tensor& bias) {
  check_inputs(op, {&a, &b}, {&bias});
  check(is_floating(a.dtype()) && a.dtype() == b.dtype() && (!bias.defined() || bias.dtype() == a.dtype()),
        "{}: {} and {} must have one floating dtype; convert with to(x, dtype)", op, describe(a), describe(b));
}

Tensor for_kernel(const Tensor& bias) { return bias.defined() ? contiguous_as(bias, bias.shape()) : bias; }

}  // namespace

Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias, const Convolution& c, const char* op) {
  check_kinds(op, x, weight, bias);
  Shape shape = images_shape(x, sizes_out(c.windows, c.axes));
  shape[1] = weight.shape()[0];
  Tensor y = empty_like(x, shape);
  backends::conv(with_three_axes(x), with_three_axes(weight), for_kernel(bias), with_three_axes(y), c.windows);
  return record(
      op, y,
      input(x, {{"weight", weight}},
            [c](const Tensor& g, const Tensor& weight) { return convolution_input(g, weight, {}, c); }),
      input(weight, {{"x", x}}, [c](const Tensor& g, const Tensor& x) { return convolution_weight(x, g, c); }),
      input(bias, sum_of_channels));
}

Tensor convolution_input(const Tensor& g, const Tensor& weight, const Tensor& bias, const Convolution& c,
                         const char* op) {
  check_kinds(op, g, weight, bias);
  Shape shape = images_shape(g, sizes_in(c.windows, c.axes));
  shape[1] = weight.shape()[1] * c.groups;
  Tensor dx = empty_like(g, shape);
  backends::conv_input_gradient(with_three_axes(g), with_three_axes(weight), for_kernel(bias), with_three_axes(dx),
                                c.windows);
  return record(
      op, dx,
      input(g, {{"weight", weight}},
            [c](const Tensor& gg, const Tensor& weight) { return convolution(gg, weight, {}, c); }),
      input(weight, {{"g", g}}, [c](const Tensor& gg, const Tensor& g) { return convolution_weight(gg, g, c); }),
      input(bias, sum_of_channels));
}

Tensor convolution_weight(const Tensor& x, const Tensor& g, const Convolution& c) {
  check_kinds("convolution_weight", x, g, {});
  Shape shape{g.shape()[1], x.shape()[1] / c.groups};
  for (int d = 3 - c.axes; d < 3; ++d) shape.push_back(c.windows.axis[d].kernel);
  Tensor dweight = empty_like(x, shape);
  backends::conv_weight_gradient(with_three_axes(x), with_three_axes(g), with_three_axes(dweight), c.windows);
  return record(
      "convolution_weight", dweight,
      input(x, {{"g", g}}, [c](const Tensor& gg, const Tensor& g) { return convolution_input(g, gg, {}, c); }),
      input(g, {{"x", x}}, [c](const Tensor& gg, const Tensor& x) { return convolution(x, gg, {}, c); }));
}

}  // namespace detail

const Op convolution_op{"convolution"};
const Op convolution_input_op{"convolution_input"};
const Op convolution_weight_op{"convolution_weight"};

}  // namespace adora
