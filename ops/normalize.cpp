#include "normalize.h"

#include <cmath>

#include "../autograd/fused.h"
#include "../backends/normalize.h"
#include "arithmetic.h"
#include "creation.h"
#include "elementwise/rsqrt.h"
#include "elementwise/square.h"
#include "op.h"
#include "reduce.h"

namespace adora {
namespace {

void check_row_parameter(const char* op, const char* what, const Tensor& x, const Tensor& parameter, double eps) {
  check(parameter.defined(), "{}: the {} is undefined; give it a value first", op, what);
  check_inputs(op, {&x, &parameter});
  check(eps >= 0 && std::isfinite(eps), "{}: eps must be a finite number of 0 or more, not {}", op, eps);
  check(x.ndim() > 0 && is_floating(x.dtype()), "{}: works on floating tensors of one dimension or more, not on {}", op,
        describe(x));
  check(parameter.ndim() == 1 && parameter.size(0) == x.size(-1) && parameter.dtype() == x.dtype(),
        "{}: the {} is {}; for {} it must be {} [{}]", op, what, describe(parameter), describe(x), name(x.dtype()),
        x.size(-1));
}

/// One number for each row of x, in the type that sums are taken in.
Tensor for_each_row(const Tensor& x) {
  Shape shape = x.shape();
  shape.erase(x.ndim() - 1);
  return empty(shape, x.dtype() == float64 ? float64 : float32, x.device());
}

/// A parameter of x's rows, or numbers in its place.
Tensor row_parameter(const char* op, const Tensor& x, const Tensor& given, double otherwise) {
  if (given.defined()) return given;
  check_inputs(op, {&x});
  return full({x.ndim() > 0 ? x.size(-1) : 1}, otherwise, x.dtype(), x.device());
}

}  // namespace

Tensor rms_norm(const Tensor& x, const Tensor& given_weight, double eps) {
  const Tensor weight = row_parameter("rms_norm", x, given_weight, 1);
  check_row_parameter("rms_norm", "weight", x, weight, eps);
  Tensor y = empty_like(x), scale = for_each_row(x);
  backends::rms_norm(x, {}, weight, {}, y, scale, eps);
  bool x_wanted = grad_required_now(x), weight_wanted = grad_required_now(weight);
  auto gradient = [=](const Tensors& g, const SavedTensors& saved) {
    Tensor x = saved["x"], weight = saved["weight"];
    Tensor dx = x_wanted ? empty_like(x) : Tensor(), dweight = weight_wanted ? empty_like(weight) : Tensor();
    backends::rms_norm_backward(x, weight, saved["scale"], g[0], {}, dx, dweight);
    return Tensors{dx, dweight};
  };
  auto composed = [=](const Tensors& g, const SavedTensors& saved) {
    auto twin = [=](const Tensors& in) { return Tensors{rms_norm_composed(in[0], in[1], eps)}; };
    return gradients_through(twin, {where_asked(0, saved["x"]), where_asked(1, saved["weight"])}, g);
  };
  record_fused("rms_norm", {y}, {x, weight}, {{"x", x}, {"weight", weight}, {"scale", scale}}, gradient, composed);
  return y;
}
const Op rms_norm_op{"rms_norm"};

Tensor rms_norm_composed(const Tensor& x, const Tensor& given_weight, double eps) {
  const Tensor weight = row_parameter("rms_norm_composed", x, given_weight, 1);
  check_row_parameter("rms_norm_composed", "weight", x, weight, eps);
  // Squares leave float16's range from 256 on, and float32's from 2^64.
  if (x.dtype() != float64) return to(rms_norm_composed(to(x, float64), to(weight, float64), eps), x.dtype());
  return x * rsqrt(mean(square(x), {-1}, true) + eps) * weight;
}
const Op rms_norm_composed_op{"rms_norm_composed"};

SumAndNorm add_rms_norm(const Tensor& x, const Tensor& update, const Tensor& weight, double eps) {
  check_row_parameter("add_rms_norm", "weight", x, weight, eps);
  check_inputs("add_rms_norm", {&x, &update});
  check(update.shape() == x.shape() && update.dtype() == x.dtype(),
        "add_rms_norm: the update is {}; for {} it must be of the same shape and dtype", describe(update), describe(x));
  SumAndNorm y{empty_like(x), empty_like(x)};
  Tensor scale = for_each_row(x);
  backends::rms_norm(x, update, weight, y.sum, y.norm, scale, eps);
  bool sum_wanted = grad_required_now(x) || grad_required_now(update), weight_wanted = grad_required_now(weight);
  auto gradient = [=](const Tensors& g, const SavedTensors& saved) {
    Tensor sum = saved["sum"], weight = saved["weight"];
    if (!g[1].defined()) return Tensors{g[0], g[0], Tensor()};
    Tensor dsum = sum_wanted ? empty_like(sum) : Tensor(), dweight = weight_wanted ? empty_like(weight) : Tensor();
    backends::rms_norm_backward(sum, weight, saved["scale"], g[1], g[0], dsum, dweight);
    return Tensors{dsum, dsum, dweight};
  };
  auto composed = [=](const Tensors& g, const SavedTensors& saved) {
    auto twin = [=](const Tensors& in) { return Tensors{in[0], rms_norm_composed(in[0], in[1], eps)}; };
    // The sum leads to both x and the update.
    const Tensor sum = where_asked(input_grad_required(0) ? 0 : 1, saved["sum"]);
    const Tensors d = gradients_through(twin, {sum, where_asked(2, saved["weight"])}, g);
    return Tensors{d[0], d[0], d[1]};
  };
  record_fused("add_rms_norm", {y.sum, y.norm}, {x, update, weight},
               {{"sum", y.sum}, {"weight", weight}, {"scale", scale}}, gradient, composed);
  return y;
}
const Op add_rms_norm_op{"add_rms_norm"};

Tensor layer_norm(const Tensor& x, const Tensor& given_weight, const Tensor& given_bias, double eps) {
  const Tensor weight = row_parameter("layer_norm", x, given_weight, 1),
               bias = row_parameter("layer_norm", x, given_bias, 0);
  check_row_parameter("layer_norm", "weight", x, weight, eps);
  check_row_parameter("layer_norm", "bias", x, bias, eps);
  Tensor y = empty_like(x), average = for_each_row(x), scale = for_each_row(x);
  backends::layer_norm(x, weight, bias, y, average, scale, eps);
  bool x_wanted = grad_required_now(x), weight_wanted = grad_required_now(weight),
       bias_wanted = grad_required_now(bias);
  auto gradient = [=](const Tensors& g, const SavedTensors& saved) {
    Tensor x = saved["x"], weight = saved["weight"];
    Tensor dx = x_wanted ? empty_like(x) : Tensor();
    Tensor dweight = weight_wanted ? empty_like(weight) : Tensor(), dbias = bias_wanted ? empty_like(weight) : Tensor();
    backends::layer_norm_backward(x, weight, saved["average"], saved["scale"], g[0], dx, dweight, dbias);
    return Tensors{dx, dweight, dbias};
  };
  auto composed = [=](const Tensors& g, const SavedTensors& saved) {
    auto twin = [=](const Tensors& in) { return Tensors{layer_norm_composed(in[0], in[1], in[2], eps)}; };
    return gradients_through(
        twin, {where_asked(0, saved["x"]), where_asked(1, saved["weight"]), where_asked(2, saved["bias"])}, g);
  };
  record_fused("layer_norm", {y}, {x, weight, bias},
               {{"x", x}, {"weight", weight}, {"bias", bias}, {"average", average}, {"scale", scale}}, gradient,
               composed);
  return y;
}
const Op layer_norm_op{"layer_norm"};

Tensor layer_norm_composed(const Tensor& x, const Tensor& given_weight, const Tensor& given_bias, double eps) {
  const Tensor weight = row_parameter("layer_norm_composed", x, given_weight, 1),
               bias = row_parameter("layer_norm_composed", x, given_bias, 0);
  check_row_parameter("layer_norm_composed", "weight", x, weight, eps);
  check_row_parameter("layer_norm_composed", "bias", x, bias, eps);
  if (x.dtype() != float64)
    return to(layer_norm_composed(to(x, float64), to(weight, float64), to(bias, float64), eps), x.dtype());
  Tensor centred = x - mean(x, {-1}, true);
  return centred * rsqrt(mean(square(centred), {-1}, true) + eps) * weight + bias;
}
const Op layer_norm_composed_op{"layer_norm_composed"};

}  // namespace adora
