#include "low_rank_form.h"

#include "../../autograd/grad_mode.h"
#include "../../ops/adapted_linear.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/elementwise/div_no_nan.h"
#include "../../ops/matmul.h"
#include "../../ops/view.h"

namespace adora {
namespace {

std::vector<std::unique_ptr<const LowRankForm>>& forms() {
  static std::vector<std::unique_ptr<const LowRankForm>> all;
  return all;
}

/// With the vectors whose lengths a magnitude sets as its rows.
Tensor with_rows(const LowRankForm& form, const Tensor& weight) {
  const Tensor matrix = form.matrix(weight).plain();
  return form.norm_axis() == NormAxis::output ? matrix : transpose(matrix);
}

}  // namespace

Tensor LowRankForm::merged(const Tensor& weight, const LowRankFactors& factors, double scale) const {
  const auto [A, B, magnitude] = matrices(factors);
  const Tensor before = matrix(weight).plain();
  const Tensor after = magnitude.defined()
                           ? dora_merge(before, A, B, magnitude, scale, norm_axis())
                           : adora::to(adora::to(before, A.dtype()) + matmul(B, A) * scale, weight.dtype());
  return reshape(after, weight.shape());
}

WeightChange LowRankForm::change(const FrozenMatrix& weight, const LowRankFactors& factors, double scale) const {
  const auto [A, B, magnitude] = matrices(factors);
  if (norm_axis() == NormAxis::output) return weight_change(matrix(weight), A, B, scale, magnitude);
  auto turned = [](const Tensor& x) { return x.defined() ? transpose(x) : x; };
  return weight_change(with_rows(*this, weight.plain()), turned(B), turned(A), scale, magnitude);
}

Tensor LowRankForm::gain(const AdaptableLayer& layer, const LowRankFactors& factors, DoraOptions options) const {
  const auto [A, B, magnitude] = matrices(factors);
  options.norm_axis = norm_axis();
  const Tensor n = detail::dora_norm(matrix(layer.frozen()), A, B, options);
  return div_no_nan(adora::to(magnitude, n.dtype()), n);
}

RegisterLowRankForm::RegisterLowRankForm(std::unique_ptr<const LowRankForm> form) {
  forms().push_back(std::move(form));
}

const LowRankForm* find_low_rank_form(const AdaptableLayer& layer) {
  for (const auto& form : forms())
    if (form->is_for(layer)) return form.get();
  return nullptr;
}

const LowRankForm& low_rank_form(const AdaptableLayer& layer) {
  const LowRankForm* form = find_low_rank_form(layer);
  if (!form) fail("adapter: there is no adapter of low rank for a {}; register a LowRankForm", class_name(layer));
  return *form;
}

void check_low_rank_target(const AdapterTarget& target, bool magnitude) {
  const LowRankForm* form = find_low_rank_form(*target.layer);
  if (!form) refuse_target(target, "it has no LowRankForm");
  form->check_target(target, magnitude);
}

Tensor initial_magnitude(const AdapterTarget& target) {
  NoGrad no_grad;
  const LowRankForm& form = low_rank_form(*target.layer);
  const Shape shape = form.magnitude_shape(*target.layer);
  const DType dtype = adapter_dtype(*target.layer);
  if (target.device == meta) return empty(shape, dtype, meta);
  return reshape(to(dora_weight_norm(form.matrix(target.layer->frozen()), {}, {}, 1, form.norm_axis()), dtype), shape);
}

WeightChange weight_change(const AdaptableLayer& layer, const Tensor& before) {
  const LowRankForm& form = low_rank_form(layer);
  return weight_change(with_rows(form, before), with_rows(form, layer.weight));
}

}  // namespace adora
