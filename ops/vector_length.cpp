#include "vector_length.h"

#include <limits>

#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "elementwise/abs.h"
#include "elementwise/pow.h"
#include "reduce.h"

namespace adora::detail {

Tensor vector_length(const Tensor& x, double p, bool keepdim) {
  auto number = [&](double value) { return full({}, value, x.dtype(), x.device()); };
  if (p == 2) return norm(x, {-1}, keepdim);
  if (p == 1 || x.size(-1) == 0) return sum(abs(x), {-1}, keepdim);
  if (p == std::numeric_limits<double>::infinity() && x.size(-1) > 0) return max(abs(x), {-1}, keepdim);
  const Tensor none = eq(x, number(0));
  if (p == 0) return sum(where(none, x * 0, x * 0 + 1), {-1}, keepdim);
  // Powers of 0 have infinite slopes, so 0 stands aside: of elements, and of whole lengths.
  Tensor powers = where(none, number(0), pow(where(none, number(1), abs(x)), p));
  Tensor total = sum(powers, {-1}, keepdim), empty = eq(total, number(0));
  return where(empty, number(0), pow(where(empty, number(1), total), 1 / p));
}

}  // namespace adora::detail
