#include "convolution.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "../backends/conv.h"
#include "../backends/gemm.h"
#include "multiply_adds.h"
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

// Windows as large as their image: a product of matrices, [N, C·places] of each group by [O, C·places]. As batches of
// groups, all on any device: x [groups, N, numbers], weight [groups, O, numbers], y [groups, N, O].

bool one_window(const Convolution& c) {
  bool one = true;
  for (const backends::WindowAxis& a : c.windows.axis)
    one = one && a.out == 1 && a.kernel == a.in && a.padding == 0 && (a.dilation == 1 || a.kernel == 1);
  return one && c.windows.image() > 1;
}

/// [N, groups · numbers] as [groups, N, numbers], of the contiguous tensor that x is then.
Tensor by_groups(const Tensor& x, std::int64_t groups) {
  const std::int64_t n = x.shape()[0], numbers = n ? x.numel() / n / groups : 0;
  const Tensor rows = contiguous_as(x, {n, groups, numbers});
  return rows.with_layout(rows.layout().transposed(0, 1));
}
Tensor weight_by_groups(const Tensor& weight, std::int64_t groups) {
  const std::int64_t outputs = weight.shape()[0] / groups;
  return contiguous_as(weight, {groups, outputs, outputs ? weight.numel() / outputs / groups : 0});
}
Tensor flipped(const Tensor& matrices) { return matrices.with_layout(matrices.layout().transposed(1, 2)); }

/// y = bias for every image: bias [channels], y [N, channels, places…].
bool put_bias(const Tensor& bias, const Tensor& y) {
  if (!bias.defined()) return false;
  Shape shape = Shape::filled(y.ndim(), 1);
  shape[1] = bias.numel();
  const Tensor b = contiguous_as(bias, shape);
  backends::copy(b.with_layout(b.layout().expanded(y.shape())), y);
  return true;
}

void compute(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& y, const Convolution& c) {
  if (one_window(c) && y.numel() != 0) {
    const bool onto = put_bias(bias, y);
    backends::gemm(by_groups(x, c.groups), flipped(weight_by_groups(weight, c.groups)), by_groups(y, c.groups), 1,
                   onto);
  } else {
    backends::conv(with_three_axes(x), with_three_axes(weight), for_kernel(bias), with_three_axes(y), c.windows);
  }
}
void compute_input(const Tensor& g, const Tensor& weight, const Tensor& bias, const Tensor& dx, const Convolution& c) {
  if (one_window(c) && dx.numel() != 0) {
    const bool onto = put_bias(bias, dx);
    backends::gemm(by_groups(g, c.groups), weight_by_groups(weight, c.groups), by_groups(dx, c.groups), 1, onto);
  } else {
    backends::conv_input_gradient(with_three_axes(g), with_three_axes(weight), for_kernel(bias), with_three_axes(dx),
                                  c.windows);
  }
}
void compute_weight(const Tensor& x, const Tensor& g, const Tensor& dweight, const Convolution& c) {
  if (one_window(c) && dweight.numel() != 0) {
    backends::gemm(flipped(by_groups(g, c.groups)), by_groups(x, c.groups), weight_by_groups(dweight, c.groups), 1, 0);
  } else {
    backends::conv_weight_gradient(with_three_axes(x), with_three_axes(g), with_three_axes(dweight), c.windows);
  }
}

}  // namespace

Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias, const Convolution& c, const char* op) {
  check_kinds(op, x, weight, bias);
  Shape shape = images_shape(x, sizes_out(c.windows, c.axes));
  shape[1] = weight.shape()[0];
  Tensor y = empty_like(x, shape);
  MultiplyAdds::add(y.numel(), weight.shape()[0] ? weight.numel() / weight.shape()[0] : 0);
  compute(x, weight, bias, y, c);
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
  MultiplyAdds::add(g.numel(), weight.shape()[0] ? weight.numel() / weight.shape()[0] : 0);
  compute_input(g, weight, bias, dx, c);
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
  compute_weight(x, g, dweight, c);
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
