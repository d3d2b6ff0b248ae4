#include "truth.h"

#include "broadcast.h"
#include "compare.h"
#include "op.h"
#include "reduce.h"
#include "reduced.h"

namespace adora {

Tensor any(const Tensor& x, const Shape& dims, bool keepdim) {
  check_inputs("any", {&x});
  detail::Reduced("any", x, dims, keepdim);  // which says what is wrong with the dims
  return greater(sum(ne(x, 0), dims, keepdim), 0);
}
const Op any_op{"any", {.recorded = false}};

Tensor detail::All::operator()(const Tensor& x, const Shape& dims, bool keepdim) const {
  check_inputs("all", {&x});
  return eq(sum(eq(x, 0), dims, keepdim), 0);
}
const Op all_op{"all", {.recorded = false}};

bool equal(const Tensor& a, const Tensor& b) {
  check_inputs("equal", {&a, &b});
  check(a.dtype() == b.dtype(), "equal: the tensors are {} and {}; convert one with to(x, {})", describe(a),
        describe(b), name(a.dtype()));
  return a.shape() == b.shape() && all(eq(a, b)).item() != 0;
}

bool allclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  return all(isclose(a, b, rtol, atol, equal_nan)).item() != 0;
}

}  // namespace adora
