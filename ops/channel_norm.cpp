#include "channel_norm.h"

#include <cmath>

#include "../autograd/fused.h"
#include "../backends/basic.h"
#include "../backends/channel_norm.h"
#include "arithmetic.h"
#include "creation.h"
#include "elementwise/rsqrt.h"
#include "elementwise/square.h"
#include "op.h"
#include "reduce.h"
#include "view.h"

namespace adora {
namespace {

/// What the three have in common: which numbers share a mean and a variance, and whether these are given.
struct Kind {
  const char* op;
  std::int64_t groups;  ///< of channels in each of the N; 0 for each channel over all N
  bool given;           ///< by running values, of each channel
  double eps;
};

std::int64_t places(const Tensor& x) {
  std::int64_t count = 1;
  for (int d = 2; d < x.ndim(); ++d) count *= x.shape()[d];
  return count;
}
Shape planes_shape(const Tensor& x) { return {x.size(0), x.size(1), places(x)}; }

void check_vector(const char* op, const char* what, const Tensor& x, const Tensor& vector) {
  if (!vector.defined()) return;
  check(vector.shape() == Shape{x.size(1)} && is_floating(vector.dtype()),
        "{}: the {} is {}; for {} it must hold one floating number for each channel, [{}]", op, what, describe(vector),
        describe(x), x.size(1));
}

void check_arguments(const char* op, const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  check_inputs(op, {&x}, {&weight, &bias});
  check(x.ndim() >= 2 && is_floating(x.dtype()), "{}: works on floating tensors [N, channels, …], not on {}", op,
        describe(x));
  check(eps >= 0 && std::isfinite(eps), "{}: eps must be a finite number of 0 or more, not {}", op, eps);
  for (const auto& [what, parameter] : {std::pair("weight", &weight), std::pair("bias", &bias)}) {
    check_vector(op, what, x, *parameter);
    check(!parameter->defined() || parameter->dtype() == x.dtype(),
          "{}: the {} is {}, and x {}; both must have one dtype: convert with to(x, dtype)", op, what,
          describe(*parameter), describe(x));
  }
}

void check_running(const char* op, const Tensor& x, const Tensor& mean, const Tensor& var, double momentum, bool used,
                   const char* instead) {
  check_inputs(op, {&x}, {&mean, &var});
  check(mean.defined() == var.defined(), "{}: running_mean and running_var go together; give both or neither", op);
  check(!used || mean.defined(), "{}: there are no running values to normalize by; give both, or {}", op, instead);
  check(std::isfinite(momentum), "{}: the momentum must be a finite number, not {}", op, momentum);
  check_vector(op, "running_mean", x, mean), check_vector(op, "running_var", x, var);
  check(!grad_required_now(mean) && !grad_required_now(var),
        "{}: running values have no gradient; detach them, or call it under NoGrad", op);
}

void check_groups(const char* op, const Tensor& x, std::int64_t groups) {
  check(groups > 0 && x.size(1) % groups == 0,
        "{}: the channels of {} do not make {} groups; their number must be a multiple of that", op, describe(x),
        groups);
  check(x.numel() == 0 || x.size(0) * (x.size(1) / groups) * places(x) != 1,
        "{}: a single number in {} has no variance; more of them are needed for each group", op, describe(x));
}

void check_batch(const char* op, const Tensor& x) {
  check(x.numel() == 0 || x.size(0) * places(x) > 1,
        "{}: a single number for each channel in {} has no variance; train with a larger batch, or normalize by the "
        "running values",
        op, describe(x));
}

void check_instances(const char* op, const Tensor& x) {
  check(x.numel() == 0 || places(x) > 1,
        "{}: a single number for each channel in {} has no variance; more than one place is needed, or running values",
        op, describe(x));
}

/// x as [N, C, S], not recorded.
Tensor planes(const Tensor& x) {
  const Shape shape = planes_shape(x);
  const std::optional<Layout> layout = x.layout().reshaped(shape);
  return layout ? x.with_layout(*layout) : backends::contiguous(x.detach()).with_layout(Layout::contiguous(shape));
}

Tensor composed_form(const Kind& kind, const Tensor& x, const Tensor& mean_given, const Tensor& var_given,
                     const Tensor& weight, const Tensor& bias) {
  auto wide = [](const Tensor& t) { return t.defined() ? to(t, float64) : t; };
  if (x.dtype() != float64) {
    return to(composed_form(kind, wide(x), wide(mean_given), wide(var_given), wide(weight), wide(bias)), x.dtype());
  }
  const std::int64_t channels = x.size(1);
  auto column = [&](const Tensor& t) { return reshape(t, {channels, 1}); };
  Tensor y = reshape(x, planes_shape(x));
  if (kind.given) {
    y = (y - column(wide(mean_given.detach()))) * rsqrt(column(wide(var_given.detach())) + kind.eps);
  } else if (x.numel() > 0) {
    const Shape by_planes = y.shape();
    if (kind.groups > 0) y = reshape(y, {x.size(0), kind.groups, channels / kind.groups * places(x)});
    const Shape shared = kind.groups > 0 ? Shape{2} : Shape{0, 2};
    const Tensor centred = y - mean(y, shared, true);
    y = reshape(centred * rsqrt(mean(square(centred), shared, true) + kind.eps), by_planes);
  }
  if (weight.defined()) y = y * column(weight);
  if (bias.defined()) y = y + column(bias);
  return reshape(y, x.shape());
}

/// The fused op. Without `kind.given`, the mean and variance that it takes move the running values, if there are any.
Tensor fused_form(const Kind& kind, const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                  const Tensor& weight, const Tensor& bias, double momentum) {
  const Tensor seen = planes(x);
  Tensor y = empty_like(x, seen.shape()), average = running_mean, variance = running_var;
  if (kind.given) {
    backends::channel_affine(seen, average, variance, weight, bias, y, kind.eps);
  } else {
    const Shape rows{kind.groups > 0 ? x.size(0) : 1, kind.groups > 0 ? kind.groups : x.size(1)};
    average = empty(rows, float64, x.device()), variance = empty(rows, float64, x.device());
    backends::channel_norm(seen, weight, bias, y, average, variance, kind.groups, kind.eps);
    if (running_mean.defined() && x.numel() > 0) {
      const double count = static_cast<double>(x.numel() / rows[0] / rows[1]);
      backends::update_running(running_mean, running_var, average, variance, momentum, count / (count - 1));
      running_mean.storage()->bump_version();
      if (running_var.storage() != running_mean.storage()) running_var.storage()->bump_version();
    }
  }
  y = y.with_layout(Layout::contiguous(x.shape()));
  const bool x_wanted = grad_required_now(x), weight_wanted = grad_required_now(weight),
             bias_wanted = grad_required_now(bias);
  auto gradient = [=](const Tensors& g, const SavedTensors& saved) {
    const Tensor x = saved["x"], from = planes(x), up = planes(g[0]), weight = saved["weight"];
    const Shape channels{x.size(1)};
    Tensor dx, dweight, dbias;
    if (x_wanted) dx = empty_like(x, from.shape());
    if (weight_wanted) dweight = empty_like(x, channels);
    if (bias_wanted) dbias = empty_like(x, channels);
    if (kind.given)
      backends::channel_affine_backward(from, saved["mean"], saved["variance"], weight, up, dx, dweight, dbias,
                                        kind.eps);
    else
      backends::channel_norm_backward(from, weight, saved["mean"], saved["variance"], up, dx, dweight, dbias,
                                      kind.groups, kind.eps);
    return Tensors{dx.defined() ? dx.with_layout(Layout::contiguous(x.shape())) : dx, dweight, dbias};
  };
  auto composed = [=](const Tensors& g, const SavedTensors& saved) {
    // Taken out here, since the twin is called within this function alone.
    const Tensor mean = saved["mean"], variance = saved["variance"];
    auto twin = [&](const Tensors& in) { return Tensors{composed_form(kind, in[0], mean, variance, in[1], in[2])}; };
    return gradients_through(
        twin, {where_asked(0, saved["x"]), where_asked(1, saved["weight"]), where_asked(2, saved["bias"])}, g);
  };
  record_fused(kind.op, {y}, {x, weight, bias},
               {{"x", x}, {"weight", weight}, {"bias", bias}, {"mean", average}, {"variance", variance}}, gradient,
               composed);
  return y;
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var, const Tensor& weight,
                  const Tensor& bias, const BatchNormOptions& options) {
  const char* op = "batch_norm";
  check_arguments(op, x, weight, bias, options.eps);
  check_running(op, x, running_mean, running_var, options.momentum, !options.training, "train");
  if (options.training) check_batch(op, x);
  return fused_form({op, 0, !options.training, options.eps}, x, running_mean, running_var, weight, bias,
                    options.momentum);
}
const Op batch_norm_op{"batch_norm"};

Tensor batch_norm_composed(const Tensor& x, const Tensor& running_mean, const Tensor& running_var, const Tensor& weight,
                           const Tensor& bias, const BatchNormOptions& options) {
  const char* op = "batch_norm_composed";
  check_arguments(op, x, weight, bias, options.eps);
  check_running(op, x, running_mean, running_var, options.momentum, !options.training, "train");
  if (options.training) check_batch(op, x);
  return composed_form({op, 0, !options.training, options.eps}, x, running_mean, running_var, weight, bias);
}
const Op batch_norm_composed_op{"batch_norm_composed"};

Tensor group_norm(const Tensor& x, std::int64_t num_groups, const Tensor& weight, const Tensor& bias, double eps) {
  check_arguments("group_norm", x, weight, bias, eps);
  check_groups("group_norm", x, num_groups);
  return fused_form({"group_norm", num_groups, false, eps}, x, {}, {}, weight, bias, 0);
}
const Op group_norm_op{"group_norm"};

Tensor group_norm_composed(const Tensor& x, std::int64_t num_groups, const Tensor& weight, const Tensor& bias,
                           double eps) {
  check_arguments("group_norm_composed", x, weight, bias, eps);
  check_groups("group_norm_composed", x, num_groups);
  return composed_form({"group_norm_composed", num_groups, false, eps}, x, {}, {}, weight, bias);
}
const Op group_norm_composed_op{"group_norm_composed"};

Tensor instance_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var, const Tensor& weight,
                     const Tensor& bias, const InstanceNormOptions& options) {
  const char* op = "instance_norm";
  check_arguments(op, x, weight, bias, options.eps);
  check_running(op, x, running_mean, running_var, options.momentum, !options.use_input_stats, "use the input's");
  if (options.use_input_stats) check_instances(op, x);
  return fused_form({op, options.use_input_stats ? x.size(1) : 0, !options.use_input_stats, options.eps}, x,
                    running_mean, running_var, weight, bias, options.momentum);
}
const Op instance_norm_op{"instance_norm"};

Tensor instance_norm_composed(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                              const Tensor& weight, const Tensor& bias, const InstanceNormOptions& options) {
  const char* op = "instance_norm_composed";
  check_arguments(op, x, weight, bias, options.eps);
  check_running(op, x, running_mean, running_var, options.momentum, !options.use_input_stats, "use the input's");
  if (options.use_input_stats) check_instances(op, x);
  return composed_form({op, options.use_input_stats ? x.size(1) : 0, !options.use_input_stats, options.eps}, x,
                       running_mean, running_var, weight, bias);
}
const Op instance_norm_composed_op{"instance_norm_composed"};

}  // namespace adora
