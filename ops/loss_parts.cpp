#include "loss_parts.h"

#include <limits>

#include "../backends/loss.h"
#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "elementwise/clamp.h"
#include "elementwise/div_no_nan.h"
#include "index.h"
#include "reduce.h"
#include "view.h"

namespace adora::detail {

Tensor reduced_losses(const char* op, const Tensor& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::mean: return mean(losses);
    case Reduction::sum: return sum(losses);
    case Reduction::none: return losses;
    default: fail("{}: its reduction can be mean, sum or none", op);
  }
}

Tensor loss_input(const char* op, const Tensor& x) {
  check_inputs(op, {&x});
  check(is_floating(x.dtype()), "{}: works on floating tensors, not on {}; convert with to(x, float32)", op,
        describe(x));
  return size_of(x.dtype()) == 2 ? to(x, float32) : x;
}

void check_pair(const char* op, const Tensor& input, const Tensor& target) {
  check_inputs(op, {&input, &target});
  check(input.shape() == target.shape() && input.dtype() == target.dtype() && is_floating(input.dtype()),
        "{}: {} and the target {} must have one shape and floating dtype; see reshape, broadcast_to and to(x, dtype)",
        op, describe(input), describe(target));
}

void check_weight(const char* op, const char* what, const Tensor& weight, const Tensor& input) {
  if (!weight.defined()) return;
  check_inputs(op, {&input, &weight});
  check(weight.dtype() == input.dtype(), "{}: the {} {} must be of the input's dtype, {}; convert with to(x, {})", op,
        what, describe(weight), name(input.dtype()), name(input.dtype()));
  check(broadcast(op, weight.shape(), input.shape()) == input.shape(), "{}: the {} {} does not broadcast to {}", op,
        what, describe(weight), describe(input));
}

void check_class_weight(const char* op, const Tensor& weight, const Tensor& input, std::int64_t classes) {
  if (!weight.defined()) return;
  check_inputs(op, {&input, &weight});
  check(weight.shape() == Shape{classes} && weight.dtype() == input.dtype(),
        "{}: the weight {} must have one number for each of the {} classes, of the dtype of {}", op, describe(weight),
        classes, describe(input));
}

ClassRows class_rows(const char* op, const Tensor& input, const Tensor& targets, const Tensor& weight,
                     std::int64_t ignore_index) {
  check_inputs(op, {&input, &targets});
  check(targets.dtype() == int64, "{}: the targets must be int64, not {}; convert with to(targets, int64)", op,
        describe(targets));
  check(input.ndim() > 0, "{}: {} has no dimension of classes", op, describe(input));
  const int dim = input.ndim() == 1 ? 0 : 1;
  const std::int64_t classes = input.size(dim);
  Shape shape = input.shape();
  shape.erase(dim);
  check(shape == targets.shape(), "{}: {} and targets {} do not fit: the targets must have the shape {}", op,
        describe(input), describe(targets), shape);
  check_class_weight(op, weight, input, classes);
  Tensor rows = loss_input(op, input);
  if (input.ndim() > 2) {
    Shape order{0};
    for (int d = 2; d < input.ndim(); ++d) order.push_back(d);
    order.push_back(1);
    rows = permute(rows, order);
  }
  ClassRows result;
  result.rows = reshape(rows, {targets.numel(), classes});
  Tensor flat = reshape(targets, {targets.numel()});
  result.weights = empty({targets.numel()}, rows.dtype(), rows.device());
  backends::loss_weights(op, flat, ignore_index, classes, false, result.weights);
  result.counted = greater(result.weights, zeros({}, rows.dtype(), rows.device()));
  result.targets = where(result.counted, flat, zeros({}, int64, flat.device()));
  if (weight.defined() && classes > 0) {
    result.weights = result.weights * index_select(loss_input(op, weight), 0, result.targets);
  }
  return result;
}

Tensor reduced_rows(const char* op, const Tensor& losses, const Tensor& weights, Reduction reduction,
                    const Shape& shape) {
  if (reduction == Reduction::mean) return div_no_nan(sum(losses), sum(weights));
  return reduction == Reduction::none ? reshape(losses, shape) : reduced_losses(op, losses, reduction);
}

Tensor kept_above(const Tensor& x, double low) {
  Tensor plain = x.detach();
  return x + (clamp(plain, low, std::numeric_limits<double>::infinity()) - plain);
}

}  // namespace adora::detail
