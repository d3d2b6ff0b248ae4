#include "loss.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "../backends/loss.h"
#include "../backends/reduce.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "creation.h"
#include "elementwise/exp.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

/// The dtype that arithmetic on x is done in.
DType compute_dtype(const Tensor& x) { return x.dtype() == float64 ? float64 : float32; }

void check_targets(const char* op, const Tensor& rows, const Tensor& targets) {
  check_inputs(op, {&rows, &targets});
  check(rows.ndim() == 2 && targets.ndim() == 1 && rows.size(0) == targets.size(0),
        "{}: {} and targets {} do not fit: one row, and one target, for each token", op, describe(rows),
        describe(targets));
  check(targets.dtype() == int64, "{}: the targets must be int64, not {}; convert with to(targets, int64)", op,
        describe(targets));
  check(is_floating(rows.dtype()), "{}: works on floating tensors, not on {}", op, describe(rows));
}

/// What each token's loss counts, [N].
Tensor token_weights(const char* op, const Tensor& targets, std::int64_t classes, const CrossEntropyOptions& options,
                     DType dtype) {
  Tensor weights = empty({targets.size(0)}, dtype, targets.device());
  backends::loss_weights(op, targets, options.ignore_index, classes, options.reduction == Reduction::mean, weights);
  return weights;
}

Tensor reduced(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  Tensor sum = empty_like(losses, {1});
  backends::reduce(losses, sum, backends::ReduceOp::sum);
  return sum.with_layout(Layout::contiguous({}));
}

/// The gradient of cross_entropy from recorded operations, for gradients of it: weights·g·(softmax - one-hot).
Tensor composed_gradient(const Tensor& logits, const Tensor& targets, const Tensor& weights, const Tensor& lse,
                         const Tensor& g) {
  std::int64_t n = logits.size(0);
  // What the fused gradient gives for lse → inf, without the exponentials: minus the one-hot rows.
  Tensor one_hot = empty_like(logits);
  backends::cross_entropy_gradient(logits.detach(), targets, ones_like(weights),
                                   full(lse.shape(), 1e30, lse.dtype(), lse.device()), one_hot);
  Tensor e = exp(logits - to(unsqueeze(lse, 1), logits.dtype()));
  Tensor p = e / sum_to(e, {n, 1});
  return (p + one_hot) * to(unsqueeze(weights * broadcast_to(g, {n}), 1), logits.dtype());
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options) {
  check_targets("cross_entropy", logits, targets);
  Tensor weights = token_weights("cross_entropy", targets, logits.size(1), options, compute_dtype(logits));
  Tensor losses = empty_like(weights), lse = empty_like(weights);
  if (logits.size(0) > 0) backends::cross_entropy(logits, targets, weights, losses, lse);
  return record("cross_entropy", reduced(losses, options.reduction),
                input(logits, [logits = save(logits), targets = save(targets), weights = save(weights),
                               lse = save(lse)](const Tensor& g) {
                  if (grad_enabled()) return composed_gradient(*logits, *targets, *weights, *lse, g);
                  Tensor dx = empty_like(*logits);
                  if (dx.numel() > 0) backends::cross_entropy_gradient(*logits, *targets, *weights * g, *lse, dx);
                  return dx;
                }));
}
const Op cross_entropy_op{"cross_entropy"};

Tensor linear_cross_entropy(const Tensor& x, const Tensor& weight, const Tensor& targets,
                            const CrossEntropyOptions& options) {
  const char* op = "linear_cross_entropy";
  check_targets(op, x, targets);
  check_inputs(op, {&x, &weight});
  check(weight.ndim() == 2 && weight.size(1) == x.size(1) && weight.dtype() == x.dtype(),
        "{}: {} does not fit the weight {}: both need the same last size and dtype", op, describe(x), describe(weight));
  DType compute = compute_dtype(x);
  bool want_x = needs_grad(x), want_weight = needs_grad(weight);
  bool at_once = options.reduction != Reduction::none;  // each token's share of the gradient is known now
  Tensor weights = token_weights(op, targets, weight.size(0), options, compute);
  Tensor losses = empty_like(weights);
  auto gradient_of = [compute](const Tensor& of) { return empty(of.shape(), compute, of.device()); };
  Tensor dx = want_x && at_once ? gradient_of(x) : Tensor();
  Tensor dweight = want_weight && at_once ? gradient_of(weight) : Tensor();
  backends::linear_cross_entropy(x.detach(), weight.detach(), targets, weights, losses, dx, dweight);
  Tensor y = reduced(losses, options.reduction);
  if (at_once) {
    auto scaled = [op](const Saved& gradient, DType dtype) {
      return [=, gradient = gradient](const Tensor& g) {
        first_derivative_only(op, "cross_entropy(linear(x, weight), targets)");
        bool one = g.device().type == DeviceType::cpu && item(g) == 1;
        return to(one ? *gradient : *gradient * g, dtype);
      };
    };
    return record(op, y, input(x, scaled(save(dx), x.dtype())), input(weight, scaled(save(dweight), x.dtype())));
  }
  record_joint(
      op, {y}, {x, weight},
      [=, x = save(x), weight = save(weight), targets = save(targets), weights = save(weights)](const Tensors& g) {
        first_derivative_only(op, "cross_entropy(linear(x, weight), targets)");
        Tensor dx = want_x ? gradient_of(*x) : Tensor(), dweight = want_weight ? gradient_of(*weight) : Tensor();
        Tensor shares = *weights * g[0];
        backends::linear_cross_entropy(*x, *weight, *targets, shares, empty_like(shares), dx, dweight);
        return Tensors{want_x ? to(dx, (*x).dtype()) : dx, want_weight ? to(dweight, (*x).dtype()) : dweight};
      });
  return y;
}
const Op linear_cross_entropy_op{"linear_cross_entropy", {.twice = false}};

}  // namespace adora
