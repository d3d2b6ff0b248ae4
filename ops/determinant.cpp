#include "determinant.h"

#include <algorithm>
#include <limits>

#include "../autograd/fused.h"
#include "../backends/linalg.h"
#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "index.h"
#include "linalg_parts.h"
#include "matmul.h"
#include "op.h"
#include "reduce.h"
#include "solve.h"
#include "view.h"

namespace adora {
namespace {

constexpr std::int64_t most_rows_by_minors = 32;  // whose minors have 2^20 numbers

/// Determinants of x [..., n, n] in three forms, [...] each; not recorded.
struct Determinants {
  Tensor determinant, sign, logarithm;

  Determinants(const char* op, const Tensor& x) {
    Tensor lu = detail::matrices_of(x), pivots = empty({lu.size(0), lu.size(1)}, int64, x.device());
    backends::lu_factor(op, lu, pivots, false);
    for (Tensor* one : {&determinant, &sign, &logarithm}) *one = empty_like(x, {lu.size(0)});
    backends::lu_determinant(lu, pivots, determinant, sign, logarithm);
    const Layout layout = Layout::contiguous(detail::batch_of(x));
    for (Tensor* one : {&determinant, &sign, &logarithm}) *one = one->with_layout(layout);
  }
};

/// Whether a determinant is 0. Of tensors without numbers none is.
bool any_zero(const Tensor& determinants) {
  if (determinants.numel() == 0 || determinants.device().type == DeviceType::meta) return false;
  const std::vector<double> numbers = to_vector<double>(determinants.detach());
  return std::find(numbers.begin(), numbers.end(), 0) != numbers.end();
}

/// Whether a matrix of x is singular, given their determinants, which may be 0 because they are too small for the
/// dtype.
bool any_singular(const Tensor& x, const Tensor& determinants) {
  return any_zero(determinants) && any_zero(Determinants("det", x).sign);
}

/// The cofactors of x [B, n, n] from singular values: det(u)·det(vh)·u·diag(Π of the others)·vh. Not recorded.
Tensor cofactors_by_svd(const Tensor& x) {
  const std::int64_t batch = x.size(0), n = x.size(1);
  Tensor u = empty_like(x), s = empty_like(x, {batch, n}), vh = empty_like(x);
  backends::svd("det", detail::matrices_of(x), u, s, vh);
  Tensor sign = Determinants("det", u).sign * Determinants("det", vh).sign;
  // Ones on the diagonal leave each value out of its own product.
  Tensor eye = detail::identity_like(x, n), others = unsqueeze(s, 1) * (1 - eye) + eye, product = select(others, 2, 0);
  for (std::int64_t i = 1; i < n; ++i) product = product * select(others, 2, i);
  return reshape(sign, {batch, 1, 1}) * matmul(detail::scaled_columns(u, product), vh);
}

/// The same from the determinants of all minors; recorded.
Tensor cofactors_by_minors(const Tensor& x) {
  const std::int64_t batch = x.size(0), n = x.size(1), rest = n - 1;
  check(n <= most_rows_by_minors,
        "det: gradients of gradients of a singular matrix are computed for up to {} rows, not for {}",
        most_rows_by_minors, describe(x));
  std::vector<std::int64_t> places;
  std::vector<double> signs;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      signs.push_back((i + j) % 2 ? -1 : 1);
      for (std::int64_t r = 0; r < rest; ++r) {
        for (std::int64_t c = 0; c < rest; ++c) places.push_back((r + (r >= i)) * n + c + (c >= j));
      }
    }
  }
  const auto count = static_cast<std::int64_t>(places.size());
  Tensor minors = index_select(reshape(x, {batch, n * n}), 1, to(tensor(places, {count}, cpu), x.device()));
  return reshape(det(reshape(minors, {batch, n * n, rest, rest})), {batch, n, n}) *
         to(to(tensor(signs, {n, n}, cpu), x.dtype()), x.device());
}

/// x [..., n, n] as [B, n, n].
Tensor as_batch(const Tensor& x) { return reshape(x, {numel(detail::batch_of(x)), x.size(-2), x.size(-1)}); }

/// g [...] times a matrix for each.
Tensor times(const Tensor& g, const Tensor& matrices) { return unsqueeze(unsqueeze(g, -1), -1) * matrices; }

/// The logarithm, recorded as `op`: with `of_sign` NaN where the sign is negative.
Tensor logarithm(const char* op, const Tensor& x, const Tensor& y) {
  return record(op, y, input(x, {{"x", x}}, [op](const Tensor& g, const Tensor& x) {
                  check(!any_zero(Determinants(op, x).sign), "{}: the logarithm has no gradient at a singular matrix",
                        op);
                  return times(g, transpose(inv(x)));
                }));
}

}  // namespace

Tensor det(const Tensor& x) {
  detail::check_matrix("det", x, true);
  Tensor y = Determinants("det", x).determinant;
  auto gradient = [](const Tensors& g, const SavedTensors& saved) {
    Tensor x = saved["x"], y = saved["y"];
    if (x.numel() == 0) return Tensors{zeros_like(x)};
    Tensor cofactors =
        any_singular(x, y) ? reshape(cofactors_by_svd(as_batch(x)), x.shape()) : times(y, transpose(inv(x)));
    return Tensors{times(g[0], cofactors)};
  };
  auto composed = [](const Tensors& g, const SavedTensors& saved) {
    Tensor x = saved["x"], y = saved["y"];
    if (x.numel() == 0) return Tensors{times(g[0], x)};
    Tensor cofactors =
        any_singular(x, y) ? reshape(cofactors_by_minors(as_batch(x)), x.shape()) : times(y, transpose(inv(x)));
    return Tensors{times(g[0], cofactors)};
  };
  record_fused("det", {y}, {x}, {{"x", x}, {"y", y}}, gradient, composed);
  return y;
}
const Op det_op{"det", {.half = false, .cuda = false}};

Tensor logdet(const Tensor& x) {
  detail::check_matrix("logdet", x, true);
  Determinants found("logdet", x);
  Tensor zero = zeros({}, x.dtype(), x.device());
  Tensor none = full({}, std::numeric_limits<double>::quiet_NaN(), x.dtype(), x.device());
  return logarithm("logdet", x, where(less(found.sign, zero), none, found.logarithm));
}
const Op logdet_op{"logdet", {.half = false, .cuda = false}};

SignAndLogarithm slogdet(const Tensor& x) {
  detail::check_matrix("slogdet", x, true);
  Determinants found("slogdet", x);
  return {found.sign, logarithm("slogdet", x, found.logarithm)};
}
const Op slogdet_op{"slogdet", {.half = false, .cuda = false}};

}  // namespace adora
