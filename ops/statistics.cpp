#include "statistics.h"

#include <algorithm>
#include <cmath>

#include "../autograd/record.h"
#include "../backends/reduce.h"
#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "elementwise/sqrt.h"
#include "op.h"
#include "reduce.h"
#include "reduced.h"
#include "view.h"

namespace adora {
namespace {

using detail::Reduced;

/// x without the mean over `dims`. A large mean would leave only its own roundings of a small spread: first one of the
/// elements is taken away, which leaves numbers of the order of the spread. Recorded.
Tensor centered(const Tensor& x, const Shape& kept, const Shape& dims) {
  if (x.numel() == 0) return x;
  Layout first = x.layout();
  first.shape = kept;
  const Tensor near = x - x.with_layout(first);
  return near - mean(near, dims, true);
}

/// What Σ(x - mean)² is divided by.
double degrees(const Reduced& to, double correction) {
  return std::max(static_cast<double>(to.count) - correction, 0.0);
}

/// Not recorded, in the result's shape.
Tensor variance(const char* op, const Tensor& x, const Shape& dims, const VarianceOptions& options) {
  const Reduced to(op, x, dims, options.keepdim);
  const Tensor off = centered(x.detach(), to.kept, dims);
  Tensor squares = empty_like(x, to.kept);
  backends::reduce(off, squares, backends::ReduceOp::sum_of_squares);
  // The mean was rounded: what the differences from it still sum up to is taken away (Chan, Golub and LeVeque 1983).
  const Tensor rest = sum(off, dims, true);
  const Tensor spread = squares - rest * rest / std::max(static_cast<double>(to.count), 1.0);
  return detail::shaped(spread / degrees(to, options.correction), to.result);
}

void check_floating(const char* op, const Tensor& x) {
  check_inputs(op, {&x});
  check(is_floating(x.dtype()), "{}: works on floating tensors, not on {}; convert with to(x, float32)", op,
        describe(x));
}

void check_variance(const char* op, const Tensor& x, const VarianceOptions& options) {
  check_floating(op, x);
  check(std::isfinite(options.correction), "{}: the correction is {}; it must be a number", op, options.correction);
}

}  // namespace

Tensor var(const Tensor& x, const Shape& dims, const VarianceOptions& options) {
  check_variance("var", x, options);
  if (size_of(x.dtype()) == 2) return to(var(to(x, float32), dims, options), x.dtype());
  const Reduced to("var", x, dims, options.keepdim);
  const double scale = 2 / degrees(to, options.correction);
  return record("var", variance("var", x, dims, options),
                input(x, {{"x", x}}, [=, kept = to.kept](const Tensor& g, const Tensor& x) {
                  return reshape(g * scale, kept) * centered(x, kept, dims);
                }));
}
const Op var_op{"var"};

Tensor std(const Tensor& x, const Shape& dims, const VarianceOptions& options) {
  check_variance("std", x, options);
  if (size_of(x.dtype()) == 2) return to(adora::std(to(x, float32), dims, options), x.dtype());
  const Reduced to("std", x, dims, options.keepdim);
  const double scale = 1 / degrees(to, options.correction);
  const Tensor y = sqrt(variance("std", x, dims, options));
  return record("std", y,
                input(x, {{"x", x}, {"y", y}}, [=, kept = to.kept](const Tensor& g, const Tensor& x, const Tensor& y) {
                  const Tensor zero = zeros({}, g.dtype(), g.device()), one = ones({}, g.dtype(), g.device());
                  const Tensor none = eq(y, zero), share = where(none, zero, g / where(none, one, y));
                  return reshape(share * scale, kept) * centered(x, kept, dims);
                }));
}
const Op std_op{"std"};

VarAndMean var_mean(const Tensor& x, const Shape& dims, const VarianceOptions& options) {
  check_variance("var_mean", x, options);
  return {var(x, dims, options), mean(x, dims, options.keepdim)};
}

Tensor nansum(const Tensor& x, const Shape& dims, bool keepdim) {
  check_inputs("nansum", {&x});
  Reduced("nansum", x, dims, keepdim);  // names a dimension that isn't there
  if (!is_floating(x.dtype())) return sum(x, dims, keepdim);
  return sum(where(eq(x, x), x, zeros({}, x.dtype(), x.device())), dims, keepdim);
}
const Op nansum_op{"nansum"};

Tensor nanmean(const Tensor& x, const Shape& dims, bool keepdim) {
  check_floating("nanmean", x);
  Reduced("nanmean", x, dims, keepdim);
  // The sum may leave float16's range, and the count the half types' precision.
  if (size_of(x.dtype()) == 2) return to(nanmean(to(x, float32), dims, keepdim), x.dtype());
  return nansum(x, dims, keepdim) / to(sum(eq(x, x), dims, keepdim), x.dtype());
}
const Op nanmean_op{"nanmean"};

}  // namespace adora
