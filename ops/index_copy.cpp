#include "index_copy.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "../backends/index.h"
#include "broadcast.h"
#include "compare.h"
#include "creation.h"
#include "filled.h"
#include "index.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

int check_call(const char* op, const Tensor& x, std::int64_t dim, const Tensor& index) {
  check(index.dtype() == int64 && index.ndim() == 1,
        "{}: the index {} must be int64 of one dimension: convert it with to(index, int64), or reshape it", op,
        describe(index));
  return wrap_dim(op, dim, x.ndim());
}

/// x's shape with n slices of a dimension.
Shape of_slices(const Tensor& x, int d, std::int64_t n) {
  Shape shape = x.shape();
  shape[d] = n;
  return shape;
}

/// A copy of x with src written into it, not recorded.
Tensor written(const char* op, const Tensor& x, int d, const Tensor& index, const Tensor& src) {
  auto first = [d](const Tensor& t) { return t.with_layout(t.layout().transposed(d, 0)); };
  // The kernel writes slices that lie side by side.
  const Tensor from = first(x);
  Tensor slices = empty_like(from);
  backends::copy(from, slices);
  backends::index_copy(op, index, first(src), slices);
  return first(slices);
}

/// Where the elements of an index are the last ones that name their slice, of which there are `size`.
Tensor last_ones(const Tensor& index, std::int64_t size) {
  const Tensor numbers = arange(index.numel(), int64, index.device());
  const Tensor winners = written("index_copy", full({size}, -1, int64, index.device()), 0, index, numbers);
  return eq(index_select(winners, 0, index), numbers);
}

Tensor copied(const char* op, const Tensor& x, int d, const Tensor& index, const Tensor& src) {
  return record(
      "index_copy", written(op, x, d, index, src),
      input(x, {{"index", index}}, [d](const Tensor& g, const Tensor& index) { return index_fill(g, d, index, 0.0); }),
      input(src, {{"index", index}}, [d](const Tensor& g, const Tensor& index) {
        Shape slices = Shape::filled(g.ndim(), 1);
        slices[d] = index.numel();
        const Tensor kept = reshape(last_ones(index, g.shape()[d]), slices);
        return where(kept, index_select(g, d, index), zeros({}, g.dtype(), g.device()));
      }));
}

}  // namespace

Tensor index_copy(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& src) {
  check_inputs("index_copy", {&x, &index, &src});
  const int d = check_call("index_copy", x, dim, index);
  const Shape wanted = of_slices(x, d, index.numel());
  check(src.shape() == wanted && src.dtype() == x.dtype(),
        "index_copy: {} cannot be written into {} along dimension {} at an index {}: it must be {} {}", describe(src),
        describe(x), dim, describe(index), name(x.dtype()), wanted);
  return copied("index_copy", x, d, index, src);
}
const Op index_copy_op{"index_copy"};

Tensor index_fill(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& value) {
  check_inputs("index_fill", {&x, &index, &value});
  const int d = check_call("index_fill", x, dim, index);
  check(value.ndim() == 0 && value.dtype() == x.dtype(), "index_fill: the value {} must be one number of {}",
        describe(value), name(x.dtype()));
  return copied("index_fill", x, d, index, broadcast_to(value, of_slices(x, d, index.numel())));
}
const Op index_fill_op{"index_fill"};

Tensor index_fill(const Tensor& x, std::int64_t dim, const Tensor& index, double value) {
  check_inputs("index_fill", {&x, &index});
  return index_fill(x, dim, index, detail::number_like("index_fill", value, x));
}

}  // namespace adora
