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

/// Determinants of x [..., n, n] in three forms, and how near to singular it is, [...] each; not recorded.
struct Determinants {
  Tensor determinant, sign, logarithm, spread;

  Determinants(const char* op, const Tensor& x) {
    Tensor lu = detail::matrices_of(x), pivots = empty({lu.size(0), lu.size(1)}, int64, x.device());
    backends::lu_factor(op, lu, pivots, false);
    for (Tensor* one : {&determinant, &sign, &logarithm, &spread}) *one = empty_like(x, {lu.size(0)});
    backends::lu_determinant(lu, pivots, determinant, sign, logarithm, spread);
    const Layout layout = Layout::contiguous(detail::batch_of(x));
    for (Tensor* one : {&determinant, &sign, &logarithm, &spread}) *one = one->with_layout(layout);
  }
};

/// Whether a number is at most `most`. Of tensors without numbers none is.
bool any_up_to(double most, const Tensor& x) {
  if (x.numel() == 0 || x.device().type == DeviceType::meta) return false;
  const std::vector<double> numbers = to_vector<double>(x.detach());
  return std::any_of(numbers.begin(), numbers.end(), [most](double number) { return number <= most; });
}

/// Whether a matrix is so near a singular one that its inverse, squared in gradients of gradients, has no digits left.
bool any_near_singular(const Tensor& spread) {
  return any_up_to(spread.dtype() == float64 ? 0x1p-26 : 0x1p-11, spread);
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

/// y, the logarithm of the size of the determinants of x, recorded as `op`.
Tensor logarithm(const char* op, const Tensor& x, const Tensor& y) {
  return record(op, y, input(x, {{"x", x}}, [op](const Tensor& g, const Tensor& x) {
                  const Tensor size = Determinants(op, x).spread;
                  check(!any_up_to(0, size), "{}: the logarithm has no gradient at a singular matrix", op);
                  return times(g, transpose(inv(x)));
                }));
}

}  // namespace

Tensor det(const Tensor& x) {
  detail::check_matrix("det", x, true);
  Determinants found("det", x);
  auto by_inverse = [](const Tensor& x, const Tensor& y) { return times(y, transpose(inv(x))); };
  auto gradient = [=](const Tensors& g, const SavedTensors& saved) {
    Tensor x = saved["x"];
    const bool near = any_near_singular(saved["spread"]);
    return Tensors{times(g[0], near ? reshape(cofactors_by_svd(as_batch(x)), x.shape()) : by_inverse(x, saved["y"]))};
  };
  auto composed = [=](const Tensors& g, const SavedTensors& saved) {
    Tensor x = saved["x"], spread = saved["spread"];
    const bool small = x.size(-1) <= most_rows_by_minors;
    check(small || !any_up_to(0, spread),
          "det: gradients of gradients of a singular matrix are computed for up to {} rows, not for {}",
          most_rows_by_minors, describe(x));
    const bool minors = small && any_near_singular(spread);
    return Tensors{
        times(g[0], minors ? reshape(cofactors_by_minors(as_batch(x)), x.shape()) : by_inverse(x, saved["y"]))};
  };
  Tensor y = found.determinant;
  record_fused("det", {y}, {x}, {{"x", x}, {"y", y}, {"spread", found.spread}}, gradient, composed);
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
