#include "factorize.h"

#include <algorithm>

#include "../autograd/record.h"
#include "../backends/linalg.h"
#include "arithmetic.h"
#include "creation.h"
#include "elementwise/reciprocal.h"
#include "join.h"
#include "linalg_parts.h"
#include "matmul.h"
#include "op.h"
#include "solve.h"
#include "triangle.h"
#include "view.h"

namespace adora {
namespace {

using detail::batch_of;
using detail::check_matrix;
using detail::identity_like;
using detail::matrices_of;
using detail::scaled_columns;
using detail::scaled_rows;
using detail::with_size;
using detail::with_sizes;

/// The gradient of QR for as many rows as columns, or more.
Tensor tall_gradient(const Tensor& Q, const Tensor& R, const Tensor& gQ, const Tensor& gR) {
  Tensor M = matmul(R, transpose(triu(gR))) - matmul(transpose(gQ), Q);
  Tensor whole = gQ + matmul(Q, tril(M) + transpose(tril(M, -1)));
  return solve_triangular(transpose(R), whole, {.upper = false, .left = false});
}

/// x[..., j] - x[..., i] at [..., i, j], and 1 on the diagonal.
Tensor differences(const Tensor& x) { return unsqueeze(x, -2) - unsqueeze(x, -1) + identity_like(x, x.size(-1)); }

/// An error where two neighbors of the sorted values coincide, or, with `positive`, one is 0.
void check_apart(const char* op, const Tensor& values, bool positive) {
  if (values.device().type == DeviceType::meta) return;
  const std::vector<double> numbers = to_vector<double>(values.detach());
  const auto n = static_cast<std::size_t>(std::max<std::int64_t>(values.size(-1), 1));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    check(i % n == 0 || numbers[i] != numbers[i - 1],
          "{}: the vectors have no gradient where two values coincide, at {}; gradients through the values alone exist",
          op, numbers[i]);
    check(!positive || numbers[i] != 0, "{}: the vectors have no gradient where a singular value is 0", op);
  }
}

Tensor svd_gradient(const Tensors& g, const Tensor& U, const Tensor& S, const Tensor& Vh) {
  const Tensor &gU = g[0], &gS = g[1], &gVh = g[2];
  const std::int64_t m = U.size(-2), n = Vh.size(-1), k = S.size(-1);
  const Tensor eye = identity_like(S, k);
  Tensor inner = gS.defined() ? scaled_rows(gS, eye) : zeros(with_sizes(batch_of(U), k, k), S.dtype(), S.device());
  auto skew = [](const Tensor& x) { return x - transpose(x); };
  Tensor rest;
  auto add_rest = [&](const Tensor& x) { rest = rest.defined() ? rest + x : x; };
  if (gU.defined() || gVh.defined()) {
    check_apart("svd", S, (gU.defined() && m > k) || (gVh.defined() && n > k));
    // s_j² - s_i², and 1 on the diagonal, where what it divides is 0.
    Tensor E = differences(S) * ((unsqueeze(S, -2) + unsqueeze(S, -1)) * (1 - eye) + eye);
    if (gU.defined()) {
      Tensor UgU = matmul(transpose(U), gU);
      inner = inner + scaled_columns(skew(UgU) / E, S);
      if (m > k) add_rest(matmul(scaled_columns(gU - matmul(U, UgU), reciprocal(S)), Vh));
    }
    if (gVh.defined()) {
      Tensor VgV = matmul(Vh, transpose(gVh));
      inner = inner + scaled_rows(S, skew(VgV) / E);
      if (n > k) add_rest(matmul(U, scaled_rows(reciprocal(S), gVh - matmul(transpose(VgV), Vh))));
    }
  }
  Tensor result = matmul(matmul(U, inner), Vh);
  return rest.defined() ? result + rest : result;
}

}  // namespace

Tensor cholesky(const Tensor& x, bool upper) {
  check_matrix("cholesky", x, true);
  if (upper) return transpose(cholesky(transpose(x)));
  Tensor l = matrices_of(x);
  backends::cholesky("cholesky", l);
  l = l.with_layout(Layout::contiguous(x.shape()));
  return record("cholesky", l, input(x, {{"l", l}}, [](const Tensor& g, const Tensor& l) {
                  // The lower triangle of lᵀ·g, with half its diagonal.
                  Tensor product = matmul(transpose(l), tril(g));
                  Tensor half = (tril(product) + tril(product, -1)) * 0.5;
                  Tensor right = solve_triangular(l, half, {.upper = false, .left = false});
                  Tensor whole = solve_triangular(transpose(l), right, {.upper = true});
                  return (whole + transpose(whole)) * 0.5;
                }));
}
const Op cholesky_op{"cholesky", {.half = false, .cuda = false}};

QandR qr(const Tensor& x) {
  check_matrix("qr", x, false);
  const Shape batch = batch_of(x);
  const std::int64_t m = x.size(-2), n = x.size(-1), k = std::min(m, n), count = numel(batch);
  Tensor q = empty_like(x, {count, m, k}), r = empty_like(x, {count, k, n});
  backends::qr("qr", matrices_of(x), q, r);
  QandR result{q.with_layout(Layout::contiguous(with_sizes(batch, m, k))),
               r.with_layout(Layout::contiguous(with_sizes(batch, k, n)))};
  record_joint("qr", {result.Q, result.R}, {x}, {{"Q", result.Q}, {"R", result.R}},
               [=](const Tensors& g, const SavedTensors& saved) {
                 Tensor Q = saved["Q"], R = saved["R"];
                 Tensor gQ = g[0].defined() ? g[0] : zeros_like(Q), gR = g[1].defined() ? g[1] : zeros_like(R);
                 if (m >= n) return Tensors{tall_gradient(Q, R, gQ, gR)};
                 // The columns beyond the square are Q times those of R.
                 Tensor beyond = slice(gR, -1, m, n);
                 gQ = gQ + matmul(matmul(Q, slice(R, -1, m, n)), transpose(beyond));
                 Tensor square = tall_gradient(Q, slice(R, -1, 0, m), gQ, slice(gR, -1, 0, m));
                 return Tensors{cat({square, matmul(Q, beyond)}, -1)};
               });
  return result;
}
const Op qr_op{"qr", {.half = false, .cuda = false}};

SingularValues svd(const Tensor& x) {
  check_matrix("svd", x, false);
  const Shape batch = batch_of(x);
  const std::int64_t m = x.size(-2), n = x.size(-1), k = std::min(m, n), count = numel(batch);
  Tensor u = empty_like(x, {count, m, k}), s = empty_like(x, {count, k}), vh = empty_like(x, {count, k, n});
  backends::svd("svd", matrices_of(x), u, s, vh);
  SingularValues result{u.with_layout(Layout::contiguous(with_sizes(batch, m, k))),
                        s.with_layout(Layout::contiguous(with_size(batch, k))),
                        vh.with_layout(Layout::contiguous(with_sizes(batch, k, n)))};
  record_joint("svd", {result.U, result.S, result.Vh}, {x}, {{"U", result.U}, {"S", result.S}, {"Vh", result.Vh}},
               [](const Tensors& g, const SavedTensors& saved) {
                 return Tensors{svd_gradient(g, saved["U"], saved["S"], saved["Vh"])};
               });
  return result;
}
const Op svd_op{"svd", {.half = false, .cuda = false}};

Eigenvalues eigh(const Tensor& x) {
  check_matrix("eigh", x, true);
  const Shape batch = batch_of(x);
  const std::int64_t n = x.size(-1), count = numel(batch);
  Tensor rows = matrices_of(x), values = empty_like(x, {count, n});
  backends::eigh("eigh", rows, values);
  rows = rows.with_layout(Layout::contiguous(x.shape()));
  Eigenvalues result{values.with_layout(Layout::contiguous(with_size(batch, n))), contiguous(transpose(rows))};
  record_joint("eigh", {result.eigenvalues, result.eigenvectors}, {x},
               {{"values", result.eigenvalues}, {"vectors", result.eigenvectors}},
               [n](const Tensors& g, const SavedTensors& saved) {
                 Tensor L = saved["values"], V = saved["vectors"], eye = identity_like(L, n), inner;
                 if (g[0].defined()) inner = scaled_rows(g[0], eye);
                 if (g[1].defined()) {
                   check_apart("eigh", L, false);
                   Tensor turned = matmul(transpose(V), g[1]) * (1 - eye) / differences(L);
                   inner = inner.defined() ? inner + turned : turned;
                 }
                 Tensor whole = matmul(matmul(V, inner), transpose(V));
                 return Tensors{(whole + transpose(whole)) * 0.5};
               });
  return result;
}
const Op eigh_op{"eigh", {.half = false, .cuda = false}};

}  // namespace adora
