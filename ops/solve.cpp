#include "solve.h"

#include "../autograd/fused.h"
#include "../backends/linalg.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "linalg_parts.h"
#include "matmul.h"
#include "op.h"
#include "triangle.h"
#include "view.h"

namespace adora {
namespace {

using detail::batch_of;
using detail::check_matrix;
using detail::matrices_of;
using detail::with_sizes;

/// The batch's sizes as one, or those of one matrix as a batch of one.
Tensor as_batch(const Tensor& x) { return reshape(x, {numel(batch_of(x)), x.size(-2), x.size(-1)}); }

void check_right_side(const char* op, const Tensor& a, const Tensor& b) {
  check_inputs(op, {&a, &b});
  check(b.dtype() == a.dtype(), "{}: {} and {} must have one dtype; convert one with to(x, {})", op, describe(a),
        describe(b), name(a.dtype()));
}

/// Of a [B, n, n] and b [B, n, k].
Tensor solve_batch(const Tensor& a, const Tensor& b) {
  Tensor lu = matrices_of(a), pivots = empty({a.size(0), a.size(1)}, int64, a.device()), x = matrices_of(b);
  backends::lu_factor("solve", lu, pivots, true);
  backends::lu_solve(lu, pivots, false, x);
  bool want_a = grad_required_now(a), want_b = grad_required_now(b);
  auto gradient = [=](const Tensors& g, const SavedTensors& saved) {
    Tensor db = matrices_of(g[0]);
    backends::lu_solve(saved["lu"], saved["pivots"], true, db);
    return Tensors{want_a ? neg(matmul(db, transpose(saved["x"]))) : Tensor(), want_b ? db : Tensor()};
  };
  auto composed = [](const Tensors& g, const SavedTensors& saved) {
    Tensor db = solve(transpose(saved["a"]), g[0]);
    return Tensors{input_grad_required(0) ? neg(matmul(db, transpose(saved["x"]))) : Tensor(), db};
  };
  record_fused("solve", {x}, {a, b}, {{"a", a}, {"lu", lu}, {"pivots", pivots}, {"x", x}}, gradient, composed);
  return x;
}

}  // namespace

Tensor solve(const Tensor& a, const Tensor& b) {
  const char* op = "solve";
  check_matrix(op, a, true);
  check_right_side(op, a, b);
  const std::int64_t n = a.size(-1);
  Shape rows = a.shape();
  rows.erase(rows.size() - 1);
  if (b.ndim() == 1 || b.shape() == rows) {
    check(b.size(-1) == n, "{}: {} does not fit {}", op, describe(b), describe(a));
    return squeeze(solve(a, unsqueeze(b, -1)), -1);
  }
  check(b.ndim() >= 2 && b.size(-2) == n, "{}: {} does not fit {}: it must have {} rows", op, describe(b), describe(a),
        n);
  const Shape batch = broadcast(op, batch_of(a), batch_of(b));
  Tensor x = solve_batch(as_batch(broadcast_to(a, with_sizes(batch, n, n))),
                         as_batch(broadcast_to(b, with_sizes(batch, n, b.size(-1)))));
  return reshape(x, with_sizes(batch, n, b.size(-1)));
}
const Op solve_op{"solve", {.half = false, .cuda = false}};

Tensor inv(const Tensor& x) {
  check_matrix("inv", x, true);
  Tensor y = matrices_of(x);
  backends::inverse("inv", y);
  y = y.with_layout(Layout::contiguous(x.shape()));
  return record("inv", y, input(x, {{"y", y}}, [](const Tensor& g, const Tensor& y) {
                  Tensor flipped = transpose(y);
                  return neg(matmul(matmul(flipped, g), flipped));
                }));
}
const Op inv_op{"inv", {.half = false, .cuda = false}};

Tensor solve_triangular(const Tensor& a, const Tensor& b, const SolveTriangularOptions& options) {
  const char* op = "solve_triangular";
  check_matrix(op, a, true);
  check_right_side(op, a, b);
  const bool upper = options.upper, unit = options.unitriangular;
  if (!options.left) {
    check_matrix(op, b, false);
    return transpose(solve_triangular(transpose(a), transpose(b), {.upper = !upper, .unitriangular = unit}));
  }
  const std::int64_t n = a.size(-1);
  check(b.ndim() >= 2 && b.size(-2) == n, "{}: {} does not fit {}: side by side they must agree", op, describe(b),
        describe(a));
  const Shape batch = broadcast(op, batch_of(a), batch_of(b));
  if (batch_of(a) != batch || batch_of(b) != batch) {
    return solve_triangular(broadcast_to(a, with_sizes(batch, n, n)), broadcast_to(b, with_sizes(batch, n, b.size(-1))),
                            options);
  }
  Tensor x = matrices_of(b);
  backends::solve_triangular(op, matrices_of(a), upper, unit, x);
  x = x.with_layout(Layout::contiguous(b.shape()));
  auto back = [=](const Tensor& g, const Tensor& a) {
    return solve_triangular(transpose(a), g, {.upper = !upper, .unitriangular = unit});
  };
  return record(op, x,
                input(a, {{"a", a}, {"x", x}},
                      [=](const Tensor& g, const Tensor& a, const Tensor& x) {
                        Tensor da = neg(matmul(back(g, a), transpose(x)));
                        return upper ? triu(da, unit) : tril(da, -static_cast<int>(unit));
                      }),
                input(b, {{"a", a}}, back));
}
const Op solve_triangular_op{"solve_triangular", {.half = false, .cuda = false}};

Tensor cholesky_solve(const Tensor& b, const Tensor& l, bool upper) {
  const char* op = "cholesky_solve";
  check_matrix(op, l, true);
  check_right_side(op, l, b);
  check(b.ndim() >= 2 && b.size(-2) == l.size(-1), "{}: {} does not fit {}: it must have {} rows", op, describe(b),
        describe(l), l.size(-1));
  Tensor lower = upper ? transpose(l) : l;
  return solve_triangular(transpose(lower), solve_triangular(lower, b, {.upper = false}), {.upper = true});
}
const Op cholesky_solve_op{"cholesky_solve", {.half = false, .cuda = false}};

}  // namespace adora
