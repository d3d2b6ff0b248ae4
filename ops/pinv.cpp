#include <algorithm>

#include "../autograd/record.h"
#include "../backends/linalg.h"
#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "elementwise/reciprocal.h"
#include "factorize.h"
#include "linalg_parts.h"
#include "matmul.h"
#include "op.h"
#include "view.h"

namespace adora {

using detail::batch_of;
using detail::check_matrix;
using detail::with_sizes;

Tensor pinv(const Tensor& x, double rtol) {
  check_matrix("pinv", x, false);
  const std::int64_t m = x.size(-2), n = x.size(-1), k = std::min(m, n), count = numel(batch_of(x));
  const double precision = x.dtype() == float64 ? 0x1p-52 : 0x1p-23;
  const double part = rtol >= 0 ? rtol : precision * static_cast<double>(std::max(m, n));
  Tensor u = empty_like(x, {count, m, k}), s = empty_like(x, {count, k}), vh = empty_like(x, {count, k, n});
  backends::svd("pinv", detail::matrices_of(x), u, s, vh);
  Tensor y;
  if (k == 0) {
    y = zeros({count, n, m}, x.dtype(), x.device());
  } else {
    Tensor counted = greater(s, slice(s, 1, 0, 1) * part), one = ones({}, x.dtype(), x.device());
    Tensor inverse = where(counted, reciprocal(where(counted, s, one)), one * 0);
    y = matmul(detail::scaled_columns(transpose(vh), inverse), transpose(u));
  }
  y = y.with_layout(Layout::contiguous(with_sizes(batch_of(x), n, m)));
  return record("pinv", y, input(x, {{"x", x}, {"y", y}}, [](const Tensor& g, const Tensor& x, const Tensor& y) {
                  Tensor up = transpose(y), back = transpose(g);
                  // -yᵀ·g·yᵀ + (1 - x·y)·gᵀ·y·yᵀ + yᵀ·y·gᵀ·(1 - y·x)
                  Tensor left = matmul(back, matmul(y, up)), right = matmul(matmul(up, y), back);
                  return left - matmul(x, matmul(y, left)) + right - matmul(matmul(right, y), x) -
                         matmul(matmul(up, g), up);
                }));
}
const Op pinv_op{"pinv", {.half = false, .cuda = false}};

Tensor lstsq(const Tensor& a, const Tensor& b) {
  check_matrix("lstsq", a, false);
  check_inputs("lstsq", {&a, &b});
  check(a.dtype() == b.dtype(), "lstsq: {} and {} must have one dtype", describe(a), describe(b));
  check(b.ndim() >= 1 && b.size(b.ndim() == 1 ? 0 : -2) == a.size(-2),
        "lstsq: {} does not fit {}: it must have {} rows", describe(b), describe(a), a.size(-2));
  return matmul(pinv(a), b);
}
const Op lstsq_op{"lstsq", {.half = false, .cuda = false}};

}  // namespace adora
