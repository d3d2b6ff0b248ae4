#include "diagonal.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "creation.h"
#include "op.h"

namespace adora {
namespace {

struct Plane {
  int dim1, dim2;
};

Plane plane_of(const char* op, std::int64_t dim1, std::int64_t dim2, int ndim) {
  const Plane plane{wrap_dim(op, dim1, ndim), wrap_dim(op, dim2, ndim)};
  check(plane.dim1 != plane.dim2, "{}: dimensions {} and {} of {} are one, not a plane", op, dim1, dim2, ndim);
  return plane;
}

/// The diagonal of x's plane as a layout.
Layout diagonal_of(Layout x, std::int64_t offset, const Plane& plane) {
  const std::int64_t rows = x.shape[plane.dim1], columns = x.shape[plane.dim2];
  const std::int64_t down = x.strides[plane.dim1], right = x.strides[plane.dim2];
  // Beyond the corners there is nothing, and sums with the offset cannot overflow.
  offset = std::clamp(offset, -rows, columns);
  const std::int64_t length =
      std::max<std::int64_t>(0, offset >= 0 ? std::min(rows, columns - offset) : std::min(rows + offset, columns));
  if (length > 0) x.offset += offset >= 0 ? offset * right : -offset * down;
  x.shape.erase(std::max(plane.dim1, plane.dim2)), x.shape.erase(std::min(plane.dim1, plane.dim2));
  x.strides.erase(std::max(plane.dim1, plane.dim2)), x.strides.erase(std::min(plane.dim1, plane.dim2));
  x.shape.push_back(length), x.strides.push_back(down + right);
  return x;
}

}  // namespace

Tensor detail::undiagonal(const Tensor& g, const Shape& shape, std::int64_t offset, int dim1, int dim2) {
  check_inputs("undiagonal", {&g});
  Tensor y = zeros(shape, g.dtype(), g.device());
  backends::copy(g, y.with_layout(diagonal_of(y.layout(), offset, {dim1, dim2})));
  return record("undiagonal", y, input(g, [=](const Tensor& gg) { return diagonal(gg, offset, dim1, dim2); }));
}
const Op undiagonal_op{"undiagonal"};

Tensor diagonal(const Tensor& x, std::int64_t offset, std::int64_t dim1, std::int64_t dim2) {
  check_inputs("diagonal", {&x});
  check(x.ndim() >= 2, "diagonal: works on matrices, not on {}", describe(x));
  const Plane plane = plane_of("diagonal", dim1, dim2, x.ndim());
  return record("diagonal", x.with_layout(diagonal_of(x.layout(), offset, plane)),
                input(x, [=, shape = x.shape()](const Tensor& g) {
                  return detail::undiagonal(g, shape, offset, plane.dim1, plane.dim2);
                }));
}
const Op diagonal_op{"diagonal"};

Tensor diag_embed(const Tensor& x, std::int64_t offset, std::int64_t dim1, std::int64_t dim2) {
  check_inputs("diag_embed", {&x});
  check(x.ndim() >= 1 && x.ndim() < Shape::max_size,
        "diag_embed: {} is no diagonal: it needs one dimension, and a tensor has at most {}", describe(x),
        Shape::max_size);
  const Plane plane = plane_of("diag_embed", dim1, dim2, x.ndim() + 1);
  std::int64_t size = x.shape().back();
  check(offset != std::numeric_limits<std::int64_t>::min() && !__builtin_add_overflow(size, std::abs(offset), &size),
        "diag_embed: {} at an offset of {} is larger than a tensor can be", describe(x), offset);
  Shape shape = x.shape();
  shape.erase(x.ndim() - 1);
  shape.insert(std::min(plane.dim1, plane.dim2), size);
  shape.insert(std::max(plane.dim1, plane.dim2), size);
  numel(shape, "diag_embed");
  return detail::undiagonal(x, shape, offset, plane.dim1, plane.dim2);
}
const Op diag_embed_op{"diag_embed"};

Tensor diag(const Tensor& x, std::int64_t offset) {
  check_inputs("diag", {&x});
  check(x.ndim() == 1 || x.ndim() == 2, "diag: works on a vector or a matrix, not on {}", describe(x));
  return x.ndim() == 1 ? diag_embed(x, offset) : diagonal(x, offset);
}
const Op diag_op{"diag"};

}  // namespace adora
