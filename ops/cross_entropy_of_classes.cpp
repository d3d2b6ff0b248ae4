#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "index.h"
#include "loss_parts.h"
#include "reduce.h"
#include "softmax.h"
#include "view.h"

namespace adora {
namespace {

/// The losses of targets that are probabilities.
Tensor of_probabilities(const char* op, const Tensor& logits, const Tensor& targets,
                        const CrossEntropyOptions& options) {
  check(logits.shape() == targets.shape() && logits.dtype() == targets.dtype(),
        "{}: targets {} do not fit {}: they must be int64 classes, or probabilities of its shape and dtype", op,
        describe(targets), describe(logits));
  check(logits.ndim() > 0, "{}: {} has no dimension of classes", op, describe(logits));
  const int dim = logits.ndim() == 1 ? 0 : 1;
  const std::int64_t classes = logits.size(dim);
  detail::check_class_weight(op, options.weight, logits, classes);
  const double smoothing = options.label_smoothing;
  Tensor p = detail::loss_input(op, targets);
  if (smoothing > 0) p = affine(p, 1 - smoothing, smoothing / static_cast<double>(classes));
  if (options.weight.defined()) {
    Shape along = Shape::filled(logits.ndim() - dim, 1);
    along[0] = classes;
    p = p * reshape(detail::loss_input(op, options.weight), along);
  }
  Tensor losses = neg(sum(p * log_softmax(detail::loss_input(op, logits), dim), {dim}));
  return detail::reduced_losses(op, losses, options.reduction);
}

}  // namespace

Tensor detail::cross_entropy_of_classes(const Tensor& logits, const Tensor& targets,
                                        const CrossEntropyOptions& options) {
  const char* op = "cross_entropy";
  check_inputs(op, {&logits, &targets}, {&options.weight});
  const double smoothing = options.label_smoothing;
  check(smoothing >= 0 && smoothing <= 1, "{}: label_smoothing must lie in 0 … 1, not at {}", op, smoothing);
  check(is_floating(logits.dtype()), "{}: works on floating tensors, not on {}", op, describe(logits));
  if (is_floating(targets.dtype())) return of_probabilities(op, logits, targets, options);

  ClassRows in = class_rows(op, logits, targets, options.weight, options.ignore_index);
  if (!options.weight.defined() && smoothing == 0) {
    Tensor flat = reshape(targets, {targets.numel()});
    Tensor losses =
        cross_entropy(in.rows, flat, {.ignore_index = options.ignore_index, .reduction = options.reduction});
    return options.reduction == Reduction::none ? reshape(losses, targets.shape()) : losses;
  }
  if (in.rows.numel() == 0) return reduced_rows(op, sum(in.rows, {1}), in.weights, options.reduction, targets.shape());
  Tensor logs = log_softmax(in.rows, 1);
  Tensor losses = squeeze(gather(logs, 1, unsqueeze(in.targets, 1)), 1) * in.weights * (smoothing - 1);
  if (smoothing > 0) {
    Tensor all = options.weight.defined() ? sum(logs * loss_input(op, options.weight), {1}) : sum(logs, {1});
    losses = losses - all * (smoothing / static_cast<double>(in.rows.size(1)));
  }
  losses = where(in.counted, losses, zeros({}, losses.dtype(), losses.device()));
  return reduced_rows(op, losses, in.weights, options.reduction, targets.shape());
}

}  // namespace adora
