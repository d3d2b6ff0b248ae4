#include "classification_loss.h"

#include <limits>

#include "../autograd/record.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "compare.h"
#include "creation.h"
#include "elementwise/clamp.h"
#include "elementwise/exp.h"
#include "elementwise/log.h"
#include "elementwise/log1p.h"
#include "elementwise/logistic_loss.h"
#include "elementwise/relu.h"
#include "elementwise/softplus.h"
#include "elementwise/square.h"
#include "elementwise/xlogy.h"
#include "index.h"
#include "loss_parts.h"
#include "op.h"
#include "reduce.h"
#include "view.h"

namespace adora {

using detail::check_pair;
using detail::check_weight;
using detail::loss_input;
using detail::reduced_losses;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double least_logarithm = -100, least_divisor = 1e-12;

Tensor bounded_log(const Tensor& x) { return clamp(log(x), least_logarithm, infinity); }
Tensor bounded_log_of_rest(const Tensor& x) { return clamp(log1p(neg(x)), least_logarithm, infinity); }

/// Losses one by one, before they are weighted.
Tensor bernoulli_losses(const Tensor& p, const Tensor& target) {
  Tensor x = p.detach(), t = target.detach();
  Tensor losses = neg(t * bounded_log(x) + (1 - t) * bounded_log_of_rest(x));
  return record("binary_cross_entropy", losses,
                input(p, {{"p", p}, {"target", target}},
                      [](const Tensor& g, const Tensor& p, const Tensor& t) {
                        return g * (p - t) / clamp(p * (1 - p), least_divisor, infinity);
                      }),
                input(target, {{"p", p}},
                      [](const Tensor& g, const Tensor& p) { return g * (bounded_log_of_rest(p) - bounded_log(p)); }));
}

Tensor weighted(const char* op, const Tensor& losses, const Tensor& weight) {
  return weight.defined() ? losses * loss_input(op, weight) : losses;
}

}  // namespace

Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const Tensor& weight, Reduction reduction) {
  const char* op = "binary_cross_entropy";
  check_pair(op, input, target);
  check_weight(op, "weight", weight, input);
  if (input.numel() > 0 && input.device().type != DeviceType::meta) {
    check(item(min(input.detach())) >= 0 && item(max(input.detach())) <= 1,
          "{}: a probability lies outside of 0 … 1; take sigmoid(x), or binary_cross_entropy_with_logits", op);
  }
  Tensor losses = bernoulli_losses(loss_input(op, input), loss_input(op, target));
  return reduced_losses(op, weighted(op, losses, weight), reduction);
}
const Op binary_cross_entropy_op{"binary_cross_entropy"};

Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        const BinaryCrossEntropyOptions& options) {
  const char* op = "binary_cross_entropy_with_logits";
  check_pair(op, input, target);
  check_weight(op, "weight", options.weight, input);
  check_weight(op, "pos_weight", options.pos_weight, input);
  Tensor x = loss_input(op, input), t = loss_input(op, target), losses;
  if (options.pos_weight.defined()) {
    Tensor positive = t * loss_input(op, options.pos_weight);
    losses = positive * softplus(neg(x)) + (1 - t) * softplus(x);
  } else {
    losses = logistic_loss(x, t);
  }
  return reduced_losses(op, weighted(op, losses, options.weight), options.reduction);
}
const Op binary_cross_entropy_with_logits_op{"binary_cross_entropy_with_logits"};

Tensor nll_loss(const Tensor& input, const Tensor& target, const NllOptions& options) {
  const char* op = "nll_loss";
  detail::ClassRows in = detail::class_rows(op, input, target, options.weight, options.ignore_index);
  if (in.rows.numel() == 0) {
    return detail::reduced_rows(op, sum(in.rows, {1}), in.weights, options.reduction, target.shape());
  }
  Tensor picked = squeeze(gather(in.rows, 1, unsqueeze(in.targets, 1)), 1);
  Tensor losses = where(in.counted, neg(picked) * in.weights, zeros({}, picked.dtype(), picked.device()));
  return detail::reduced_rows(op, losses, in.weights, options.reduction, target.shape());
}
const Op nll_loss_op{"nll_loss"};

Tensor kl_div(const Tensor& input, const Tensor& target, Reduction reduction, bool log_target) {
  const char* op = "kl_div";
  check_pair(op, input, target);
  Tensor x = loss_input(op, input), t = loss_input(op, target);
  Tensor losses = log_target ? exp(t) * (t - x) : xlogy(t, t) - t * x;
  if (reduction != Reduction::batchmean) return reduced_losses(op, losses, reduction);
  return x.ndim() == 0 ? losses : sum(losses) / static_cast<double>(x.size(0));
}
const Op kl_div_op{"kl_div"};

Tensor soft_margin_loss(const Tensor& input, const Tensor& target, Reduction reduction) {
  const char* op = "soft_margin_loss";
  check_pair(op, input, target);
  return reduced_losses(op, softplus(neg(loss_input(op, input) * loss_input(op, target))), reduction);
}
const Op soft_margin_loss_op{"soft_margin_loss"};

Tensor multilabel_soft_margin_loss(const Tensor& input, const Tensor& target, const Tensor& weight,
                                   Reduction reduction) {
  const char* op = "multilabel_soft_margin_loss";
  check_pair(op, input, target);
  check(input.ndim() > 0, "{}: {} has no dimension of classes", op, describe(input));
  detail::check_class_weight(op, weight, input, input.size(-1));
  Tensor losses = logistic_loss(loss_input(op, input), loss_input(op, target));
  return reduced_losses(op, mean(weighted(op, losses, weight), {-1}), reduction);
}
const Op multilabel_soft_margin_loss_op{"multilabel_soft_margin_loss"};

Tensor multi_margin_loss(const Tensor& input, const Tensor& target, const MultiMarginOptions& options) {
  const char* op = "multi_margin_loss";
  check_inputs(op, {&input, &target});
  check(options.p == 1 || options.p == 2, "{}: p must be 1 or 2, not {}", op, options.p);
  check(input.ndim() == 1 || input.ndim() == 2, "{}: works on [N, C] or [C], not on {}", op, describe(input));
  // No class has this number, so none is ignored.
  detail::ClassRows in =
      detail::class_rows(op, input, target, options.weight, std::numeric_limits<std::int64_t>::min());
  const std::int64_t classes = in.rows.size(1);
  check(classes > 0, "{}: {} has no classes", op, describe(input));
  Tensor own = unsqueeze(in.targets, 1);
  Tensor terms = relu(in.rows - gather(in.rows, 1, own) + options.margin);
  if (options.p == 2) terms = square(terms);
  Tensor others = where(eq(arange(classes, int64, own.device()), own), zeros({}, terms.dtype(), terms.device()),
                        terms * unsqueeze(in.weights, 1));
  Tensor losses = sum(others, {1}) / static_cast<double>(classes);
  return reduced_losses(op, options.reduction == Reduction::none ? reshape(losses, target.shape()) : losses,
                        options.reduction);
}
const Op multi_margin_loss_op{"multi_margin_loss"};

}  // namespace adora
