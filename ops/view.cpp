#include "view.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "creation.h"
#include "op.h"

namespace adora {
namespace {

/// A view of x with another layout; `back` turns the gradient into x's shape.
template <class F> Tensor view(const char* op, const Tensor& x, Layout layout, F back) {
  return record(op, x.with_layout(std::move(layout)), input(x, std::move(back)));
}

}  // namespace

using detail::unslice;

Tensor detail::unslice(const Tensor& g, const Shape& shape, int dim, std::int64_t start, std::int64_t end,
                       std::int64_t step) {
  Tensor y = zeros(shape, g.dtype(), g.device());
  backends::copy(g, y.with_layout(y.layout().sliced(dim, start, end, step)));
  return record("unslice", y, input(g, [=](const Tensor& gg) { return slice(gg, dim, start, end, step); }));
}
const Op unslice_op{"unslice"};

Tensor transpose(const Tensor& x, std::int64_t a, std::int64_t b) {
  check_inputs("transpose", {&x});
  int i = wrap_dim("transpose", a, x.ndim()), j = wrap_dim("transpose", b, x.ndim());
  return view("transpose", x, x.layout().transposed(i, j), [i, j](const Tensor& g) { return transpose(g, i, j); });
}
const Op transpose_op{"transpose"};

Tensor permute(const Tensor& x, const Shape& order) {
  check_inputs("permute", {&x});
  check(order.size() == x.ndim(), "permute: the order {} does not name every dimension of {}", order, describe(x));
  Shape wrapped = order, inverse = Shape::filled(x.ndim(), -1);
  for (int i = 0; i < x.ndim(); ++i) {
    wrapped[i] = wrap_dim("permute", order[i], x.ndim());
    std::int64_t& place = inverse[static_cast<int>(wrapped[i])];
    check(place < 0, "permute: the order {} names dimension {} twice", order, wrapped[i]);
    place = i;
  }
  return view("permute", x, x.layout().permuted(wrapped), [inverse](const Tensor& g) { return permute(g, inverse); });
}
const Op permute_op{"permute"};

Tensor reshape(const Tensor& x, const Shape& wanted) {
  check_inputs("reshape", {&x});
  Shape shape = wanted;
  int unknown = -1;
  for (int i = 0; i < shape.size(); ++i) {
    if (shape[i] != -1) continue;
    check(unknown < 0, "reshape: only one size of {} may be -1", wanted);
    unknown = i;
    shape[i] = 1;
  }
  const std::int64_t known = numel(shape, "reshape");
  bool fits = known == x.numel();
  if (unknown >= 0) {
    fits = known > 0 && x.numel() % known == 0;
    if (fits) shape[unknown] = x.numel() / known;
  }
  check(fits, "reshape: {} has {} elements and does not fill the shape {}", describe(x), x.numel(), wanted);
  if (shape == x.shape()) return x;
  std::optional<Layout> layout = x.layout().reshaped(shape);
  if (!layout) return reshape(contiguous(x), shape);
  return view("reshape", x, *layout, [from = x.shape()](const Tensor& g) { return reshape(g, from); });
}
const Op reshape_op{"reshape"};

Tensor slice(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t end, std::int64_t step) {
  check_inputs("slice", {&x});
  int d = wrap_dim("slice", dim, x.ndim());
  check(step > 0, "slice: the step must be positive, not {}", step);
  std::int64_t size = x.shape()[d];
  auto bound = [size](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + size : i, 0, size); };
  start = bound(start), end = bound(end);
  return view("slice", x, x.layout().sliced(d, start, end, step),
              [=, from = x.shape()](const Tensor& g) { return unslice(g, from, d, start, end, step); });
}
const Op slice_op{"slice"};

Tensor select(const Tensor& x, std::int64_t dim, std::int64_t index) {
  check_inputs("select", {&x});
  int d = wrap_dim("select", dim, x.ndim());
  std::int64_t size = x.shape()[d];
  check(index >= -size && index < size, "select: there is no element {} in dimension {} of {}", index, dim,
        describe(x));
  std::int64_t at = index < 0 ? index + size : index;
  return squeeze(slice(x, d, at, at + 1), d);
}
const Op select_op{"select"};

Tensor unsqueeze(const Tensor& x, std::int64_t dim) {
  check_inputs("unsqueeze", {&x});
  check(x.ndim() < Shape::max_size, "unsqueeze: {} has as many dimensions as a tensor can have", describe(x));
  Shape shape = x.shape();
  shape.insert(wrap_dim("unsqueeze", dim, x.ndim() + 1), 1);
  return reshape(x, shape);
}
const Op unsqueeze_op{"unsqueeze"};

Tensor squeeze(const Tensor& x, std::int64_t dim) {
  check_inputs("squeeze", {&x});
  int d = wrap_dim("squeeze", dim, x.ndim());
  check(x.shape()[d] == 1, "squeeze: dimension {} of {} has not size 1", dim, describe(x));
  Shape shape = x.shape();
  shape.erase(d);
  return reshape(x, shape);
}
const Op squeeze_op{"squeeze"};

}  // namespace adora
