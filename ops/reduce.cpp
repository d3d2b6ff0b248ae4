#include "reduce.h"

#include <limits>

#include "../autograd/record.h"
#include "../backends/argmax.h"
#include "../backends/basic.h"
#include "../backends/reduce.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "compare.h"
#include "creation.h"
#include "elementwise/exp.h"
#include "elementwise/log.h"
#include "elementwise/sqrt.h"
#include "op.h"
#include "reduced.h"
#include "view.h"

namespace adora {
using detail::Reduced;
using detail::shaped;
namespace {

/// The reduced tensor, not recorded, in the shape `kept`.
Tensor reduced(const Tensor& x, const Shape& kept, backends::ReduceOp reduction) {
  Tensor y = empty_like(x, kept);
  backends::reduce(x, y, reduction);
  return y;
}

Tensor extremum(const char* op, const Tensor& x, const Shape& dims, bool keepdim, backends::ReduceOp reduction) {
  check_inputs(op, {&x});
  Reduced to(op, x, dims, keepdim);
  detail::check_choice(op, x, to);
  Tensor y = reduced(x, to.kept, reduction);
  if (!grad_required_now(x)) return shaped(y, to.result);
  return record(op, shaped(y, to.result),
                input(x, {{"x", x}, {"y", y}}, [kept = to.kept](const Tensor& g, const Tensor& x, const Tensor& y) {
                  return detail::shared_among_equal(g, x, y, kept);
                }));
}

}  // namespace

Tensor sum(const Tensor& x, const Shape& dims, bool keepdim) {
  check_inputs("sum", {&x});
  // Sums of whole numbers are int64, since they soon leave the range of the smaller types.
  if (!is_floating(x.dtype()) && x.dtype() != int64) return sum(adora::to(x, int64), dims, keepdim);
  Reduced to("sum", x, dims, keepdim);
  Tensor y = shaped(reduced(x, to.kept, backends::ReduceOp::sum), to.result);
  return record("sum", y, input(x, [kept = to.kept, full = x.shape()](const Tensor& g) {
                  return broadcast_to(reshape(g, kept), full);
                }));
}
const Op sum_op{"sum"};

Tensor mean(const Tensor& x, const Shape& dims, bool keepdim) {
  check_inputs("mean", {&x});
  check(is_floating(x.dtype()), "mean: works on floating tensors, not on {}; convert with to(x, float32)", describe(x));
  // The sum, which may leave float16's range, is divided before it is rounded.
  if (size_of(x.dtype()) == 2) return adora::to(mean(adora::to(x, float32), dims, keepdim), x.dtype());
  Reduced to("mean", x, dims, keepdim);
  return sum(x, dims, keepdim) / static_cast<double>(to.count);
}
const Op mean_op{"mean"};

Tensor max(const Tensor& x, const Shape& dims, bool keepdim) {
  return extremum("max", x, dims, keepdim, backends::ReduceOp::max);
}
const Op max_op{"max"};

Tensor min(const Tensor& x, const Shape& dims, bool keepdim) {
  return extremum("min", x, dims, keepdim, backends::ReduceOp::min);
}
const Op min_op{"min"};

Tensor amax(const Tensor& x, const Shape& dims, bool keepdim) {
  return extremum("amax", x, dims, keepdim, backends::ReduceOp::max);
}
const Op amax_op{"amax"};

Tensor amin(const Tensor& x, const Shape& dims, bool keepdim) {
  return extremum("amin", x, dims, keepdim, backends::ReduceOp::min);
}
const Op amin_op{"amin"};

Tensor norm(const Tensor& x, const Shape& dims, bool keepdim) {
  check_inputs("norm", {&x});
  check(is_floating(x.dtype()), "norm: works on floating tensors, not on {}; convert with to(x, float32)", describe(x));
  // A sum of squares leaves float16's range at a length of 256.
  if (size_of(x.dtype()) == 2) return adora::to(norm(adora::to(x, float32), dims, keepdim), x.dtype());
  Reduced to("norm", x, dims, keepdim);
  Tensor y = shaped(sqrt(reduced(x, to.kept, backends::ReduceOp::sum_of_squares)), to.result);
  return record(
      "norm", y,
      input(x, {{"x", x}, {"y", y}}, [kept = to.kept](const Tensor& g, const Tensor& x, const Tensor& length) {
        // Where the length is 0 so is the gradient, and the gradient's own.
        Tensor zero = zeros({}, g.dtype(), g.device()), one = ones({}, g.dtype(), g.device());
        Tensor none = eq(length, zero);
        return x * reshape(where(none, zero, g / where(none, one, length)), kept);
      }));
}
const Op norm_op{"norm"};

Tensor logsumexp(const Tensor& x, const Shape& dims, bool keepdim) {
  check_inputs("logsumexp", {&x});
  check(is_floating(x.dtype()), "logsumexp: works on floating tensors, not on {}; convert with to(x, float32)",
        describe(x));
  if (size_of(x.dtype()) == 2) return adora::to(logsumexp(adora::to(x, float32), dims, keepdim), x.dtype());
  Reduced to("logsumexp", x, dims, keepdim);
  Tensor plain = x.detach();
  Tensor top = reduced(plain, to.kept, backends::ReduceOp::max);
  // Where the largest is infinite nothing needs to be scaled, and inf - inf would give NaN.
  Tensor zero = zeros({}, x.dtype(), x.device());
  Tensor shift = where(eq(top - top, zero), top, zero);
  Tensor y = shaped(log(sum(exp(plain - shift), dims, true)) + shift, to.result);
  return record("logsumexp", y,
                input(x, {{"x", x}, {"y", y}}, [kept = to.kept](const Tensor& g, const Tensor& x, const Tensor& y) {
                  Tensor total = reshape(y, kept);
                  Tensor none = full({}, -std::numeric_limits<double>::infinity(), g.dtype(), g.device());
                  Tensor divisor = where(eq(total, none), zeros({}, g.dtype(), g.device()), total);
                  return reshape(g, kept) * exp(x - divisor);
                }));
}
Tensor logsumexp(const Tensor& x, std::int64_t dim, bool keepdim) { return logsumexp(x, Shape{dim}, keepdim); }
const Op logsumexp_op{"logsumexp"};

namespace {

Tensor place_of_extremum(const char* op, const Tensor& x, std::optional<std::int64_t> dim, bool keepdim,
                         bool smallest) {
  check_inputs(op, {&x});
  if (dim && x.ndim() == 0) {  // as in PyTorch a row of one element
    wrap_dim(op, *dim, 1);
    dim.reset();
  }
  Reduced to(op, x, dim ? Shape{*dim} : Shape{}, keepdim);
  detail::check_choice(op, x, to);
  if (!dim) {
    Tensor y = empty(to.result, int64, x.device());
    backends::argmax(shaped(backends::contiguous(x), {x.numel()}), shaped(y, {1}), smallest);
    return y;
  }
  Tensor y = empty(to.kept, int64, x.device());
  const int d = wrap_dim(op, *dim, x.ndim());
  backends::argmax(detail::with_last(x, d), detail::with_last(y, d), smallest);
  return shaped(y, to.result);
}

}  // namespace

Tensor argmax(const Tensor& x, std::optional<std::int64_t> dim, bool keepdim) {
  return place_of_extremum("argmax", x, dim, keepdim, false);
}
const Op argmax_op{"argmax", {.recorded = false}};

Tensor argmin(const Tensor& x, std::optional<std::int64_t> dim, bool keepdim) {
  return place_of_extremum("argmin", x, dim, keepdim, true);
}
const Op argmin_op{"argmin", {.recorded = false}};

}  // namespace adora
