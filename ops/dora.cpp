#include "dora.h"

#include "../autograd/record.h"
#include "../core/cuda.h"
#include "adapted_linear.h"
#include "adapter_check.h"
#include "arithmetic.h"
#include "creation.h"
#include "dropout.h"
#include "elementwise/div_no_nan.h"
#include "low_rank.h"
#include "matmul.h"
#include "op.h"
#include "quantize.h"
#include "reduce.h"
#include "view.h"

namespace adora {
namespace {

Tensor wide(const Tensor& x) { return x.defined() ? to(x, detail::compute_dtype(x.dtype())) : x; }

/// An error where something is not computed in the dtype that the weight is computed in.
void check_dtypes(const char* op, const FrozenMatrix& weight, std::initializer_list<const Tensor*> others) {
  for (const Tensor* t : others) {
    check(!t->defined() ||
              (is_floating(t->dtype()) && detail::compute_dtype(t->dtype()) == detail::compute_dtype(weight.dtype())),
          "{}: {} does not go with the weight {}; convert it with to(x, dtype)", op, describe(*t), describe(weight));
  }
}

/// The weight, where all is as it should be: a quantized one for numbers of x's dtype.
FrozenMatrix checked_weight(const char* op, const Tensor& x, const FrozenMatrix& weight, const Tensor& bias,
                            const Tensor& A, const Tensor& B, const Tensor& magnitude, const DoraOptions& options) {
  check(weight.defined() && weight.ndim() == 2, "{}: the weight is {}; it must be a matrix", op, describe(weight));
  FrozenMatrix checked = detail::check_adapter(op, x, weight, bias, A, B, magnitude, true);
  detail::check_vector(op, "magnitude", magnitude, weight.size(options.norm_axis == NormAxis::output ? 0 : 1));
  detail::check_options(op, options.scale, options.dropout, options.generator);
  return checked;
}

/// Whether forming c ∘ V in both directions takes less time than what it saves: the low-rank products over all
/// rows of x, and the pass that scales g. Counted in operations; a number of memory takes as long as 25 of them.
bool merging_pays(double rows, double in, double out, double rank, bool dropout) {
  constexpr double number = 25;
  double product = dropout ? 0 : 2 * rank;  // the low-rank part of a dropped x stays apart on either route
  double factored = rows * out * number + (dropout ? 0 : rows * (in + out) * (product + 2 * number));
  return 2 * in * out * (product + 2 * number) < factored;
}

bool choose_merged(const Tensor& x, const FrozenMatrix& weight, const Tensor& A, const DoraOptions& options) {
  if (options.route != DoraRoute::automatic) return options.route == DoraRoute::merged;
  if (weight.is_quantized() || size_of(weight.dtype()) == 2) return false;
  double in = static_cast<double>(weight.size(1)), out = static_cast<double>(weight.size(0));
  double rows = static_cast<double>(x.numel()) / std::max(in, 1.0);
  double rank = A.defined() ? static_cast<double>(A.size(0)) : 0;
  // Not asking whether a gradient is wanted: a forward pass computed anew must give the same bits.
  return merging_pays(rows, in, out, rank, options.dropout > 0);
}

}  // namespace

Tensor detail::dora_norm(const FrozenMatrix& weight, const Tensor& A, const Tensor& B, const DoraOptions& options) {
  bool constant = options.detach_norm || !(grad_required_now(A) || grad_required_now(B));
  // A recorded graph must compute the norm itself, since the weights may have changed when it is replayed.
  if (!options.cache || !constant || cuda::recording()) {
    return dora_weight_norm(weight, A, B, options.scale, options.norm_axis, options.detach_norm);
  }
  Tensor n = options.cache->find(weight, A, B, options.scale, options.norm_axis);
  if (!n.defined()) {
    n = dora_weight_norm(weight, A, B, options.scale, options.norm_axis, true);
    options.cache->keep(weight, A, B, options.scale, options.norm_axis, n);
  }
  return n;
}

Tensor dora_weight_norm_composed(const FrozenMatrix& weight, const Tensor& A, const Tensor& B, double scale,
                                 NormAxis axis) {
  detail::check_norm("dora_weight_norm_composed", weight, A, B, scale);
  check_dtypes("dora_weight_norm_composed", weight, {&A, &B});
  Tensor v = wide(dequantize(weight.for_numbers_of(detail::compute_dtype(weight.dtype()))));
  if (A.defined()) v = v + matmul(wide(B), wide(A)) * scale;
  return norm(v, {axis == NormAxis::output ? 1 : 0});
}
const Op dora_weight_norm_composed_op{"dora_weight_norm_composed"};

Tensor dora_linear_composed(const Tensor& x, const FrozenMatrix& given, const Tensor& bias, const Tensor& A,
                            const Tensor& B, const Tensor& magnitude, const DoraOptions& options) {
  bool rows = options.norm_axis == NormAxis::output;
  const FrozenMatrix frozen = checked_weight("dora_linear_composed", x, given, bias, A, B, magnitude, options);
  // Not rounded to x's dtype, if that is a half type.
  const Tensor weight = dequantize(frozen.for_numbers_of(detail::compute_dtype(x.dtype())));
  Tensor n = dora_weight_norm_composed(weight, A, B, options.scale, options.norm_axis);
  Tensor c = div_no_nan(wide(magnitude), options.detach_norm ? n.detach() : n);
  Tensor seen = wide(x), w = wide(weight);
  Tensor dropped = options.dropout > 0 ? dropout(seen, options.dropout, *options.generator) : seen;
  bool reference = options.reference_dropout && options.dropout > 0;
  auto before = [&](const Tensor& t, const Tensor& factor) { return rows ? t : t * factor; };
  auto after = [&](const Tensor& t, const Tensor& factor) { return rows ? t * factor : t; };
  auto through = [&](const Tensor& t, const Tensor& factor) { return after(linear(before(t, factor), w), factor); };
  Tensor y = reference ? linear(seen, w) + through(dropped, c - 1.0) : through(seen, c);
  if (A.defined()) y = y + after(low_rank_matmul(before(dropped, c), wide(A), wide(B), options.scale), c);
  if (bias.defined()) y = y + wide(bias);
  return to(y, x.dtype());
}
const Op dora_linear_composed_op{"dora_linear_composed"};

Tensor dora_linear(const Tensor& x, const FrozenMatrix& given, const Tensor& bias, const Tensor& A, const Tensor& B,
                   const Tensor& magnitude, const DoraOptions& options) {
  const char *op = "dora_linear", *composed = "dora_linear_composed";
  const FrozenMatrix weight = checked_weight(op, x, given, bias, A, B, magnitude, options);
  Tensor n = detail::dora_norm(weight, A, B, options);
  bool rows = options.norm_axis == NormAxis::output, reference = options.reference_dropout && options.dropout > 0;
  auto mask = [&] {
    return options.dropout > 0 ? backends::DropoutMask(options.dropout, x.numel(), *options.generator)
                               : backends::DropoutMask();
  };
  if (rows && !reference) {
    bool merged = choose_merged(x, weight, A, options);
    return detail::adapted_linear({op, composed, x, weight, bias, A, B, magnitude, n, options.scale, mask(), merged});
  }
  Tensor c = to(div_no_nan(wide(magnitude), n), x.dtype());
  if (!reference) {
    return detail::adapted_linear({op, composed, x * c, weight, bias, A, B, {}, {}, options.scale, mask()});
  }
  // The part of x that dropout keeps from the adapter goes through the weight unadapted.
  Tensor seen = dropout(x, options.dropout, *options.generator);
  Tensor unadapted = detail::adapted_linear({op, composed, x - seen, weight, bias});
  Tensor adapted =
      detail::adapted_linear({op, composed, rows ? seen : seen * c, weight, {}, A, B, {}, {}, options.scale});
  return unadapted + (rows ? adapted * c : adapted);
}
const Op dora_linear_op{"dora_linear"};

Tensor dora_merge(const Tensor& weight, const Tensor& A, const Tensor& B, const Tensor& magnitude, double scale,
                  NormAxis axis) {
  detail::check_norm("dora_merge", weight, A, B, scale);
  check_inputs("dora_merge", {&weight, &magnitude});
  check_dtypes("dora_merge", weight, {&A, &B, &magnitude});
  refuse_to_record("dora_merge", {weight, A, B, magnitude}, "call it under NoGrad, or use dora_linear");
  detail::check_vector("dora_merge", "magnitude", magnitude, weight.size(axis == NormAxis::output ? 0 : 1));
  Tensor c = div_no_nan(wide(magnitude), dora_weight_norm(weight, A, B, scale, axis));
  Tensor v = wide(weight);
  if (A.defined()) v = v + matmul(wide(B), wide(A)) * scale;
  return to(v * (axis == NormAxis::output ? unsqueeze(c, 1) : c), weight.dtype());
}
const Op dora_merge_op{"dora_merge", {.recorded = false}};

Tensor DoraCache::find(const FrozenMatrix& weight, const Tensor& A, const Tensor& B, double scale,
                       NormAxis axis) const {
  const QuantizedMatrix& quantized = weight.quantized();
  bool same = norm_.defined() && scale_ == scale && axis_ == axis && a_.holds(A) && b_.holds(B) &&
              weight_.holds(weight.is_quantized() ? quantized.codes : weight.plain()) &&
              scales_.holds(quantized.scales) && group_scales_.holds(quantized.group_scales) &&
              norm_.dtype() == detail::compute_dtype(weight.dtype());
  return same ? norm_ : Tensor();
}

void DoraCache::keep(const FrozenMatrix& weight, const Tensor& A, const Tensor& B, double scale, NormAxis axis,
                     const Tensor& norm) {
  const QuantizedMatrix& quantized = weight.quantized();
  weight_ = State(weight.is_quantized() ? quantized.codes : weight.plain()), scales_ = State(quantized.scales);
  group_scales_ = State(quantized.group_scales), a_ = State(A), b_ = State(B);
  scale_ = scale, axis_ = axis, norm_ = norm;
}

DoraCache::State::State(const Tensor& x) : defined(x.defined()) {
  if (defined) storage = x.storage(), layout = x.layout(), version = x.storage()->version();
}

bool DoraCache::State::holds(const Tensor& x) const {
  if (!defined || !x.defined()) return defined == x.defined();
  return storage.lock() == x.storage() && version == x.storage()->version() && layout.shape == x.shape() &&
         layout.strides == x.strides() && layout.offset == x.layout().offset;
}

}  // namespace adora
