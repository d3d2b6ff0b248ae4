#include "../autograd/fused.h"
#include "../backends/basic.h"
#include "../backends/dora.h"
#include "../backends/gemm.h"
#include "../backends/low_rank.h"
#include "../backends/reduce.h"
#include "adapted_linear.h"
#include "adapter_check.h"
#include "arithmetic.h"
#include "creation.h"
#include "dora.h"
#include "elementwise/div_no_nan.h"
#include "matmul.h"
#include "op.h"
#include "reduce.h"
#include "saved_matrix.h"
#include "view.h"

namespace adora {
namespace {

Tensor flip(const Tensor& x) { return x.with_layout(x.layout().transposed(0, 1)); }

/// With q = g/n (0 where n is): dB = q∘VA and dA = scale·((q∘B)ᵀ·W + scale·(Bᵀ·(q∘B))·A).
Tensors row_norm_gradients(const FrozenMatrix& W, const Tensor& A, const Tensor& B, double scale, const Tensor& n,
                           const Tensor& VA, const Tensor& g, bool want_a, bool want_b) {
  Tensor q = unsqueeze(div_no_nan(g, n), 1);
  Tensor dA, dB;
  if (want_b) dB = VA * q;
  if (want_a) {
    Tensor qB = B * q;
    dA = empty_like(A, A.shape());
    backends::gemm(matmul(flip(B), qB), A, dA, scale * scale, 0);
    backends::for_wide_rows(W, [&](const Tensor& block, std::int64_t first) {
      backends::gemm(flip(slice(qB, 0, first, first + block.size(0))), block, dA, scale, 1);
    });
  }
  return {dA, dB};
}

Tensor rows_of(const Tensor& x, std::int64_t first, std::int64_t end) {
  return x.defined() ? x.with_layout(x.layout().sliced(0, first, end)) : x;
}

/// n and VA as backends::dora_norm has them; without A and B the lengths of W's own rows. A quantized weight's rows
/// come block by block, each by itself.
void row_norms(const FrozenMatrix& W, const Tensor& A, const Tensor& B, double scale, const Tensor& n,
               const Tensor& VA) {
  if (!W.is_quantized()) return backends::dora_norm(W.plain(), A, B, scale, n, VA);
  backends::for_wide_rows(W, [&](const Tensor& block, std::int64_t first) {
    const std::int64_t end = first + block.size(0);
    if (A.defined())
      backends::dora_norm(block, A, rows_of(B, first, end), scale, rows_of(n, first, end), rows_of(VA, first, end));
    else backends::copy(norm(block, {1}), rows_of(n, first, end));
  });
}

/// Lengths of columns would need all rows at once.
void check_axis(const char* op, const FrozenMatrix& weight, NormAxis axis) {
  check(!weight.is_quantized() || axis == NormAxis::output,
        "{}: norm_axis input has no meaning for the quantized weight {}, which is dequantized by rows; take "
        "norm_axis output, or dequantize(weight)",
        op, describe(weight));
}

}  // namespace

Tensor dora_weight_norm(const FrozenMatrix& weight, const Tensor& A, const Tensor& B, double scale, NormAxis axis,
                        bool detach) {
  const char* op = "dora_weight_norm";
  detail::check_norm(op, weight, A, B, scale);
  check(!grad_required_now(weight.plain()),
        "{}: the weight must be frozen; dora_weight_norm_composed has a gradient for it", op);
  check_axis(op, weight, axis);
  DType compute = detail::compute_dtype(weight.dtype());
  if (!A.defined() && !B.defined()) {
    NoGrad no_grad;
    if (!weight.is_quantized()) return norm(to(weight.plain(), compute), {axis == NormAxis::output ? 1 : 0});
    Tensor n = empty({weight.size(0)}, compute, weight.device());
    row_norms(weight, {}, {}, scale, n, {});
    return n;
  }
  auto plain = [=](const Tensor& x) {
    NoGrad no_grad;
    return to(x.detach(), compute);
  };
  // The columns of W + scale·B·A are the rows of Wᵀ + scale·Aᵀ·Bᵀ.
  bool rows = axis == NormAxis::output;
  FrozenMatrix W = rows ? weight.detach() : FrozenMatrix(flip(weight.plain().detach()));
  Tensor left = plain(rows ? B : flip(A)), right = plain(rows ? A : flip(B));
  bool want_a = !detach && grad_required_now(A), want_b = !detach && grad_required_now(B);
  Tensor n = empty({W.size(0)}, compute, W.device()), VA;
  if (want_a || want_b) VA = empty({W.size(0), right.size(0)}, compute, W.device());
  row_norms(W, right, left, scale, n, VA);
  if (!want_a && !want_b) return n;
  auto gradient = [=, format = detail::format_of(W)](const Tensors& g, const SavedTensors& saved) {
    const Tensor A = saved["A"], B = saved["B"];
    Tensor left = plain(rows ? B : flip(A)), right = plain(rows ? A : flip(B));
    Tensors d = row_norm_gradients(detail::matrix_from(saved, format), right, left, scale, saved["n"], saved["VA"],
                                   g[0], rows ? want_a : want_b, rows ? want_b : want_a);
    if (!rows) std::swap(d[0], d[1]);
    auto as = [&](const Tensor& t, const Tensor& like) {
      return t.defined() ? to(rows ? t : contiguous(flip(t)), like.dtype()) : t;
    };
    return Tensors{as(d[0], A), as(d[1], B)};
  };
  auto composed = [=, format = detail::format_of(W)](const Tensors& g, const SavedTensors& saved) {
    FrozenMatrix W = detail::matrix_from(saved, format);
    if (!rows) W = flip(W.plain());
    auto twin = [=](const Tensors& in) { return Tensors{dora_weight_norm_composed(W, in[0], in[1], scale, axis)}; };
    return gradients_through(twin, {where_asked(0, saved["A"]), where_asked(1, saved["B"])}, g);
  };
  const QuantizedMatrix& q = W.quantized();
  record_fused(op, {n}, {A, B},
               {{"weight", W.plain()},
                {"codes", q.codes},
                {"scales", q.scales},
                {"group_scales", q.group_scales},
                {"A", A},
                {"B", B},
                {"n", n},
                {"VA", VA}},
               gradient, composed);
  return n;
}
const Op dora_weight_norm_op{"dora_weight_norm"};

}  // namespace adora
