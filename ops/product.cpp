#include "product.h"

#include <limits>

#include "arithmetic.h"
#include "broadcast.h"
#include "creation.h"
#include "join.h"
#include "matmul.h"
#include "op.h"
#include "reduce.h"
#include "solve.h"
#include "triangle.h"
#include "view.h"

namespace adora {
namespace {

void check_floating(const char* op, std::initializer_list<const Tensor*> inputs) {
  check_inputs(op, inputs);
  const Tensor& first = **inputs.begin();
  for (const Tensor* x : inputs) {
    check(is_floating(x->dtype()) && x->dtype() == first.dtype(),
          "{}: {} and {} must have one floating dtype; convert with to(x, dtype)", op, describe(first), describe(*x));
  }
}

/// beta·x + alpha·y, where x broadcasts to y.
Tensor combined(const char* op, const Tensor& x, const Tensor& y, double beta, double alpha) {
  check(broadcast(op, x.shape(), y.shape()) == y.shape(), "{}: {} does not broadcast to {}", op, describe(x),
        describe(y));
  Tensor product = alpha == 1 ? y : y * alpha;
  if (beta == 0) return product;
  return (beta == 1 ? x : x * beta) + product;
}

}  // namespace

Tensor dot(const Tensor& a, const Tensor& b) {
  check_floating("dot", {&a, &b});
  check(a.ndim() == 1 && b.ndim() == 1 && a.size(0) == b.size(0), "dot: {} and {} must be two vectors of one length",
        describe(a), describe(b));
  return matmul(a, b);
}
const Op dot_op{"dot"};

Tensor outer(const Tensor& a, const Tensor& b) {
  check_floating("outer", {&a, &b});
  check(a.ndim() == 1 && b.ndim() == 1, "outer: {} and {} must be two vectors", describe(a), describe(b));
  return unsqueeze(a, 1) * b;
}
const Op outer_op{"outer"};

Tensor cross(const Tensor& a, const Tensor& b, std::int64_t dim) {
  check_floating("cross", {&a, &b});
  const Shape shape = broadcast("cross", a.shape(), b.shape());
  const int d = wrap_dim("cross", dim, shape.size());
  auto has_three = [&](const Tensor& x) {
    const int own = d - (shape.size() - x.ndim());
    return own >= 0 && x.shape()[own] == 3;
  };
  check(has_three(a) && has_three(b), "cross: dimension {} of {} and {} must have size 3", dim, describe(a),
        describe(b));
  Tensor x = broadcast_to(a, shape), y = broadcast_to(b, shape);
  auto part = [d](const Tensor& of, int i) { return slice(of, d, i % 3, i % 3 + 1); };
  Tensors parts;
  for (int i = 0; i < 3; ++i) parts.push_back(part(x, i + 1) * part(y, i + 2) - part(x, i + 2) * part(y, i + 1));
  return cat(parts, d);
}
const Op cross_op{"cross"};

Tensor kron(const Tensor& a, const Tensor& b) {
  check_floating("kron", {&a, &b});
  const int dims = std::max(a.ndim(), b.ndim());
  check(2 * dims <= Shape::max_size, "kron: {} and {} have more than {} dimensions", describe(a), describe(b),
        Shape::max_size / 2);
  // [a0, 1, a1, 1, …] times [1, b0, 1, b1, …].
  Shape left, right, whole;
  auto size = [dims](const Tensor& x, int d) { return d < dims - x.ndim() ? 1 : x.shape()[d - (dims - x.ndim())]; };
  for (int d = 0; d < dims; ++d) {
    for (std::int64_t one : {size(a, d), std::int64_t{1}}) left.push_back(one);
    for (std::int64_t one : {std::int64_t{1}, size(b, d)}) right.push_back(one);
    whole.push_back(size(a, d) * size(b, d));
  }
  return reshape(reshape(a, left) * reshape(b, right), whole);
}
const Op kron_op{"kron"};

Tensor trace(const Tensor& x) {
  check_inputs("trace", {&x});
  check(x.ndim() == 2, "trace: works on a matrix, not on {}", describe(x));
  const std::int64_t count = std::min(x.size(0), x.size(1)), columns = x.size(1);
  if (count == 0) return sum(reshape(x, {0}));
  return sum(slice(reshape(x, {x.numel()}), 0, 0, (count - 1) * (columns + 1) + 1, columns + 1));
}
const Op trace_op{"trace"};

Tensor addmm(const Tensor& x, const Tensor& a, const Tensor& b, double beta, double alpha) {
  check_floating("addmm", {&x, &a, &b});
  check(a.ndim() == 2 && b.ndim() == 2 && a.size(1) == b.size(0), "addmm: {} times {} does not fit", describe(a),
        describe(b));
  return combined("addmm", x, matmul(a, b), beta, alpha);
}
const Op addmm_op{"addmm"};

Tensor baddbmm(const Tensor& x, const Tensor& a, const Tensor& b, double beta, double alpha) {
  check_floating("baddbmm", {&x, &a, &b});
  check(a.ndim() == 3 && b.ndim() == 3 && a.size(0) == b.size(0) && a.size(2) == b.size(1),
        "baddbmm: {} times {} does not fit", describe(a), describe(b));
  return combined("baddbmm", x, matmul(a, b), beta, alpha);
}
const Op baddbmm_op{"baddbmm"};

Tensor matrix_power(const Tensor& x, std::int64_t n) {
  const char* op = "matrix_power";
  check_floating(op, {&x});
  check(x.ndim() >= 2 && x.size(-1) == x.size(-2), "{}: works on square matrices, not on {}", op, describe(x));
  if (n == 0) {
    return broadcast_to(tril(triu(ones({x.size(-1), x.size(-1)}, x.dtype(), x.device()))), x.shape());
  }
  check(n > std::numeric_limits<std::int64_t>::min(), "{}: {} is beyond the powers there are", op, n);
  Tensor square = n < 0 ? inv(x) : x, result;
  // By the bits of n.
  for (std::int64_t rest = n < 0 ? -n : n;; square = matmul(square, square)) {
    if (rest % 2 == 1) result = result.defined() ? matmul(result, square) : square;
    rest /= 2;
    if (rest == 0) return result;
  }
}
const Op matrix_power_op{"matrix_power"};

Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight, const Tensor& bias) {
  const char* op = "bilinear";
  check_floating(op, {&x1, &x2, &weight});
  check(weight.ndim() == 3 && x1.ndim() >= 1 && x1.ndim() == x2.ndim() && x1.size(-1) == weight.size(1) &&
            x2.size(-1) == weight.size(2),
        "{}: {} and {} do not fit the weight {}: their last sizes must be its second and third", op, describe(x1),
        describe(x2), describe(weight));
  Shape rows = x1.shape(), shape = x1.shape(), others = x2.shape();
  rows.erase(rows.size() - 1), others.erase(others.size() - 1);
  check(rows == others, "{}: {} and {} must have the same sizes but the last", op, describe(x1), describe(x2));
  const std::int64_t out = weight.size(0), in1 = weight.size(1), in2 = weight.size(2), count = numel(rows);
  shape[shape.size() - 1] = out;
  // x1·weight for all outputs in one product, [N, out, in2], and each row's matrix of these times its x2.
  Tensor first = matmul(reshape(x1, {count, in1}), reshape(permute(weight, {1, 0, 2}), {in1, out * in2}));
  Tensor y = reshape(matmul(reshape(first, {count, out, in2}), reshape(x2, {count, in2, 1})), shape);
  if (!bias.defined()) return y;
  check_floating(op, {&x1, &bias});
  check(bias.shape() == Shape{out}, "{}: the bias {} must have {} numbers", op, describe(bias), out);
  return y + bias;
}
const Op bilinear_op{"bilinear"};

}  // namespace adora
