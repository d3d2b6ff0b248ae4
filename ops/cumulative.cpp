#include "cumulative.h"

#include <limits>

#include "../autograd/record.h"
#include "../backends/scan.h"
#include "along.h"
#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "elementwise/exp.h"
#include "elementwise/log.h"
#include "elementwise/minimum.h"
#include "index.h"
#include "join.h"
#include "op.h"
#include "reduced.h"
#include "running.h"
#include "view.h"

namespace adora {
namespace detail {

Tensor shifted(const Tensor& x, int d, double edge, bool reverse) {
  const std::int64_t n = x.shape()[d];
  if (n == 0) return x;
  Shape one = x.shape();
  one[d] = 1;
  const Tensor first = full(one, edge, x.dtype(), x.device());
  return reverse ? cat({slice(x, d, 1, n), first}, d) : cat({first, slice(x, d, 0, n - 1)}, d);
}

Tensor running_sum(const Tensor& x, int d, bool reverse) {
  Tensor y = empty(x.shape(), is_floating(x.dtype()) ? x.dtype() : int64, x.device());
  backends::scan(with_last(x, d), with_last(y, d), backends::ScanOp::sum, reverse);
  return record("cumsum", y, input(x, [=](const Tensor& g) { return running_sum(g, d, !reverse); }));
}

Tensor running_product(const Tensor& x, int d, bool reverse) {
  Tensor y = empty(x.shape(), is_floating(x.dtype()) ? x.dtype() : int64, x.device());
  backends::scan(with_last(x, d), with_last(y, d), backends::ScanOp::product, reverse);
  return record("cumprod", y, input(x, {{"x", x}, {"y", y}}, [=](const Tensor& g, const Tensor& x, const Tensor& y) {
                  // An element multiplies the product before it with s[i] = g[i] + x[i + 1]·s[i + 1], which is what
                  // all later products have of it.
                  return shifted(y, d, 1, reverse) * linear_recurrence(shifted(x, d, 0, !reverse), g, d, !reverse);
                }));
}

Tensor product_before(const Tensor& x, int d, bool reverse) {
  return shifted(running_product(x, d, reverse), d, 1, reverse);
}

Tensor linear_recurrence(const Tensor& a, const Tensor& b, int d, bool reverse) {
  Tensor h = empty_like(a);
  backends::linear_scan(with_last(a, d), with_last(b, d), with_last(h, d), reverse);
  record_joint(
      "linear_recurrence", {h}, {a, b}, {{"a", a}, {"h", h}}, [=](const Tensors& g, const SavedTensors& saved) {
        // What reaches h[i], by way of all later ones, too, is the same recurrence from the other end.
        const Tensor reached = linear_recurrence(shifted(saved["a"], d, 0, !reverse), g[0], d, !reverse);
        return Tensors{input_grad_required(0) ? reached * shifted(saved["h"], d, 0, reverse) : Tensor(), reached};
      });
  return h;
}

}  // namespace detail

namespace {

using detail::along;

ValuesAndIndices running_extremum(const char* op, const Tensor& x, std::int64_t dim, bool smallest) {
  return along(op, x, dim, [smallest](const Tensor& x, int d) {
    Tensor indices = empty(x.shape(), int64, x.device());
    backends::scan_argmax(detail::with_last(x, d), detail::with_last(indices, d), smallest);
    return ValuesAndIndices{gather(x, d, indices), indices};
  });
}

Tensor filled(double value, const Tensor& like) { return full({}, value, like.dtype(), like.device()); }

/// log Σ eˣ up to each element; not recorded.
Tensor log_of_sums(const Tensor& x, int d) {
  const Tensor top = running_extremum("logcumsumexp", x, d, false).values;
  // Where the largest is infinite nothing needs to be scaled, and inf - inf would give NaN.
  const Tensor zero = filled(0, x), shift = where(eq(top - top, zero), top, zero);
  // The sum is kept as a multiple of e to the largest: it shrinks by a factor when that grows. The factor of a sum of
  // nothing is no matter, but must be finite.
  const Tensor factor = minimum(exp(detail::shifted(shift, d, 0, false) - shift), filled(1, x));
  return log(detail::linear_recurrence(factor, exp(x - shift), d, false)) + shift;
}

}  // namespace

Tensor cumsum(const Tensor& x, std::int64_t dim) {
  return along("cumsum", x, dim, [](const Tensor& x, int d) { return detail::running_sum(x, d, false); });
}
const Op cumsum_op{"cumsum"};

Tensor cumprod(const Tensor& x, std::int64_t dim) {
  return along("cumprod", x, dim, [](const Tensor& x, int d) { return detail::running_product(x, d, false); });
}
const Op cumprod_op{"cumprod"};

Tensor logcumsumexp(const Tensor& x, std::int64_t dim) {
  return along("logcumsumexp", x, dim, [](const Tensor& x, int d) {
    check(is_floating(x.dtype()), "logcumsumexp: works on floating tensors, not on {}; convert with to(x, float32)",
          describe(x));
    // In double, since roundings of factors would add up along a row.
    const Tensor y = to(log_of_sums(to(x.detach(), float64), d), x.dtype());
    return record("logcumsumexp", y,
                  input(x, {{"x", x}, {"y", y}}, [d](const Tensor& g, const Tensor& x, const Tensor& y) {
                    // x[i] has the share e^(x[i] - y[i]) of the sum up to itself, and that one the share
                    // e^(y[i] - y[i + 1]) of the next: no exponent is above 0. A sum of nothing but -inf has no shares.
                    constexpr double inf = std::numeric_limits<double>::infinity();
                    const Tensor none = eq(y, filled(-inf, y)), zero = filled(0, y);
                    const Tensor later = exp(where(none, zero, y - detail::shifted(y, d, inf, true)));
                    return exp(x - where(none, zero, y)) * detail::linear_recurrence(later, g, d, true);
                  }));
  });
}
const Op logcumsumexp_op{"logcumsumexp"};

ValuesAndIndices cummax(const Tensor& x, std::int64_t dim) { return running_extremum("cummax", x, dim, false); }
const Op cummax_op{"cummax"};

ValuesAndIndices cummin(const Tensor& x, std::int64_t dim) { return running_extremum("cummin", x, dim, true); }
const Op cummin_op{"cummin"};

Tensor linear_recurrence(const Tensor& a, const Tensor& b, std::int64_t dim, bool reverse) {
  check_inputs("linear_recurrence", {&a, &b});
  check(a.shape() == b.shape() && a.dtype() == b.dtype(),
        "linear_recurrence: {} and {} must have one shape and dtype; stretch one with broadcast_to", describe(a),
        describe(b));
  return along("linear_recurrence", a, dim, [&](const Tensor& x, int d) {
    return detail::linear_recurrence(x, b.ndim() ? b : reshape(b, {1}), d, reverse);
  });
}
const Op linear_recurrence_op{"linear_recurrence"};

}  // namespace adora
