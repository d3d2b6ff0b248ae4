#include "dora.h"

#include "../autograd/grad_mode.h"
#include "adapter_check.h"
#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "dropout.h"
#include "low_rank.h"
#include "matmul.h"
#include "op.h"
#include "reduce.h"
#include "view.h"

namespace adora {
namespace {

Tensor wide(const Tensor& x) { return x.defined() ? to(x, detail::compute_dtype(x.dtype())) : x; }

/// magnitude / n, and 0 where n is.
Tensor quotient(const Tensor& magnitude, const Tensor& n) {
  Tensor zero = to(equal(n.detach(), zeros_like(n)), n.dtype());
  return magnitude * (1.0 - zero) / (n + zero);
}

}  // namespace

Tensor dora_weight_norm_composed(const Tensor& weight, const Tensor& A, const Tensor& B, double scale, NormAxis axis) {
  Tensor v = wide(weight);
  if (A.defined()) v = v + matmul(wide(B), wide(A)) * scale;
  return norm(v, {axis == NormAxis::output ? 1 : 0});
}

Tensor dora_linear_composed(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& A, const Tensor& B,
                            const Tensor& magnitude, const DoraOptions& options) {
  bool rows = options.norm_axis == NormAxis::output;
  detail::check_adapter("dora_linear", x, weight, bias, A, B, magnitude, weight.size(rows ? 0 : 1), true);
  detail::check_dropout("dora_linear", options.dropout, options.generator);
  Tensor n = dora_weight_norm_composed(weight, A, B, options.scale, options.norm_axis);
  Tensor c = quotient(wide(magnitude), options.detach_norm ? n.detach() : n);
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

Tensor dora_linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& A, const Tensor& B,
                   const Tensor& magnitude, const DoraOptions& options) {
  return dora_linear_composed(x, weight, bias, A, B, magnitude, options);
}

Tensor dora_weight_norm(const Tensor& weight, const Tensor& A, const Tensor& B, double scale, NormAxis axis, bool detach) {
  Tensor n = dora_weight_norm_composed(weight, A, B, scale, axis);
  return detach ? n.detach() : n;
}

Tensor dora_merge(const Tensor& weight, const Tensor& A, const Tensor& B, const Tensor& magnitude, double scale,
                  NormAxis axis) {
  NoGrad no_grad;
  Tensor v = wide(weight);
  if (A.defined()) v = v + matmul(wide(B), wide(A)) * scale;
  Tensor c = quotient(wide(magnitude), dora_weight_norm_composed(weight, A, B, scale, axis));
  return to(v * (axis == NormAxis::output ? unsqueeze(c, 1) : c), weight.dtype());
}

}  // namespace adora
