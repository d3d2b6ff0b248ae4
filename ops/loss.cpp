#include "loss.h"

#include "../autograd/fused.h"
#include "../backends/basic.h"
#include "../backends/loss.h"
#include "../backends/reduce.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "creation.h"
#include "elementwise/exp.h"
#include "loss_parts.h"
#include "matmul.h"
#include "multiply_adds.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

/// The dtype that arithmetic on x is done in.
DType compute_dtype(const Tensor& x) { return x.dtype() == float64 ? float64 : float32; }

void check_targets(const char* op, const Tensor& rows, const Tensor& targets, const CrossEntropyOptions& options) {
  check_inputs(op, {&rows, &targets});
  check(options.reduction != Reduction::batchmean, "{}: its reduction can be mean, sum or none", op);
  check(rows.ndim() == 2 && targets.ndim() == 1 && rows.size(0) == targets.size(0),
        "{}: {} and targets {} do not fit: one row, and one target, for each token", op, describe(rows),
        describe(targets));
  check(targets.dtype() == int64, "{}: the targets must be int64, not {}; convert with to(targets, int64)", op,
        describe(targets));
  check(is_floating(rows.dtype()), "{}: works on floating tensors, not on {}", op, describe(rows));
}

/// The weight of each token's loss, [N].
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
  if (size_of(logits.dtype()) == 2) {
    return to(composed_gradient(to(logits, float32), targets, weights, lse, g), logits.dtype());
  }
  std::int64_t n = logits.size(0);
  // Minus the one-hot rows: the fused gradient at lse → ∞, where the exponentials are 0.
  Tensor one_hot = empty_like(logits);
  backends::cross_entropy_gradient(logits.detach(), targets, ones_like(weights),
                                   full(lse.shape(), 1e30, lse.dtype(), lse.device()), one_hot);
  Tensor e = exp(logits - to(unsqueeze(lse, 1), logits.dtype()));
  Tensor p = e / sum_to(e, {n, 1});
  return (p + one_hot) * to(unsqueeze(weights * broadcast_to(g, {n}), 1), logits.dtype());
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options) {
  check_inputs("cross_entropy", {&logits, &targets});
  const bool rows = logits.ndim() == 2 && targets.ndim() == 1 && targets.dtype() == int64;
  if (!rows || options.weight.defined() || options.label_smoothing != 0) {
    return detail::cross_entropy_of_classes(logits, targets, options);
  }
  check_targets("cross_entropy", logits, targets, options);
  Tensor weights = token_weights("cross_entropy", targets, logits.size(1), options, compute_dtype(logits));
  Tensor losses = empty_like(weights), lse = empty_like(weights);
  if (logits.size(0) > 0) backends::cross_entropy(logits, targets, weights, losses, lse);
  Tensor y = reduced(losses, options.reduction);
  auto gradient = [](const Tensors& g, const SavedTensors& saved) {
    Tensor logits = saved["logits"], dx = empty_like(logits);
    if (dx.numel() > 0) {
      backends::cross_entropy_gradient(logits, saved["targets"], saved["weights"] * g[0], saved["lse"], dx);
    }
    return Tensors{dx};
  };
  auto composed = [](const Tensors& g, const SavedTensors& saved) {
    return Tensors{composed_gradient(saved["logits"], saved["targets"], saved["weights"], saved["lse"], g[0])};
  };
  record_fused("cross_entropy", {y}, {logits},
               {{"logits", logits}, {"targets", targets}, {"weights", weights}, {"lse", lse}}, gradient, composed);
  return y;
}
const Op cross_entropy_op{"cross_entropy"};

Tensor linear_cross_entropy(const Tensor& x, const Tensor& weight, const Tensor& targets,
                            const CrossEntropyOptions& options) {
  const char* op = "linear_cross_entropy";
  check_targets(op, x, targets, options);
  check(!options.weight.defined() && options.label_smoothing == 0,
        "{}: takes no weights of classes and no smoothing of labels; call cross_entropy(linear(x, weight), targets, …)",
        op);
  check_inputs(op, {&x, &weight});
  check(weight.ndim() == 2 && weight.size(1) == x.size(1) && weight.dtype() == x.dtype(),
        "{}: {} does not fit the weight {}: both need the same last size and dtype", op, describe(x), describe(weight));
  DType compute = compute_dtype(x), dtype = x.dtype();
  bool want_x = grad_required_now(x), want_weight = grad_required_now(weight);
  bool at_once = options.reduction != Reduction::none;  // each token's share of the gradient is known now
  Tensor weights = token_weights(op, targets, weight.size(0), options, compute);
  Tensor losses = empty_like(weights);
  auto gradient_of = [compute](const Tensor& of) { return empty(of.shape(), compute, of.device()); };
  Tensor dx = want_x && at_once ? gradient_of(x) : Tensor();
  Tensor dweight = want_weight && at_once ? gradient_of(weight) : Tensor();
  detail::MultiplyAdds::add(x.numel(), weight.size(0));
  backends::linear_cross_entropy(x.detach(), weight.detach(), targets, weights, losses, dx, dweight);
  Tensor y = reduced(losses, options.reduction);
  auto gradient = [=](const Tensors& g, const SavedTensors& saved) {
    Tensor dx = saved["dx"], dweight = saved["dweight"];
    if (at_once) {
      bool one = g[0].device().type == DeviceType::cpu && item(g[0]) == 1;
      if (!one && want_x) dx = dx * g[0];
      if (!one && want_weight) dweight = dweight * g[0];
    } else {
      Tensor x = saved["x"], weight = saved["weight"], shares = saved["weights"] * g[0];
      if (want_x) dx = gradient_of(x);
      if (want_weight) dweight = gradient_of(weight);
      backends::linear_cross_entropy(x, weight, saved["targets"], shares, empty_like(shares), dx, dweight);
    }
    return Tensors{want_x ? to(dx, dtype) : dx, want_weight ? to(dweight, dtype) : dweight};
  };
  auto composed = [=](const Tensors& g, const SavedTensors& saved) {
    auto twin = [&](const Tensors& in) {
      Tensor losses = cross_entropy(linear(in[0], in[1]), saved["targets"],
                                    {.ignore_index = options.ignore_index, .reduction = options.reduction});
      return Tensors{losses};
    };
    return gradients_through(twin, {where_asked(0, saved["x"]), where_asked(1, saved["weight"])}, g);
  };
  record_fused(
      op, {y}, {x, weight},
      {{"x", x}, {"weight", weight}, {"targets", targets}, {"weights", weights}, {"dx", dx}, {"dweight", dweight}},
      gradient, composed);
  return y;
}
const Op linear_cross_entropy_op{"linear_cross_entropy"};

}  // namespace adora
