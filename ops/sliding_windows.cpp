#include "sliding_windows.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "creation.h"
#include "op.h"

namespace adora {
namespace {

Layout windows_of(Layout x, int dim, std::int64_t size, std::int64_t step) {
  const std::int64_t stride = x.strides[dim], length = x.shape[dim];
  x.shape[dim] = (length - size) / step + 1;
  x.strides[dim] = stride * step;
  x.shape.push_back(size), x.strides.push_back(stride);
  return x;
}

}  // namespace

Tensor detail::add_windows(const Tensor& g, const Shape& shape, int dim, std::int64_t size, std::int64_t step) {
  check_inputs("add_windows", {&g});
  // Sums of half types are rounded once.
  const DType wide = size_of(g.dtype()) == 2 ? float32 : g.dtype();
  Tensor y = zeros(shape, wide, g.device());
  const std::int64_t windows = g.shape()[dim];
  const Tensor adds = to(g.detach(), wide);
  for (std::int64_t i = 0; windows > 0 && i < size; ++i) {
    // Number i of every window: these lie at different places.
    const Tensor part = y.with_layout(y.layout().sliced(dim, i, i + (windows - 1) * step + 1, step));
    Layout numbers = adds.layout().sliced(g.ndim() - 1, i, i + 1);
    numbers.shape.erase(g.ndim() - 1), numbers.strides.erase(g.ndim() - 1);
    backends::add(part, adds.with_layout(numbers), part);
  }
  return record("add_windows", to(y, g.dtype()),
                input(g, [=](const Tensor& gg) { return sliding_windows(gg, dim, size, step); }));
}
const Op add_windows_op{"add_windows"};

Tensor sliding_windows(const Tensor& x, std::int64_t dim, std::int64_t size, std::int64_t step) {
  check_inputs("sliding_windows", {&x});
  const int d = wrap_dim("sliding_windows", dim, x.ndim());
  check(x.ndim() < Shape::max_size, "sliding_windows: {} has as many dimensions as a tensor can have", describe(x));
  check(size >= 0 && size <= x.shape()[d] && step > 0,
        "sliding_windows: there are no windows of {} in dimension {} of {}, {} apart: the size must be at most the "
        "dimension's, and the step positive",
        size, dim, describe(x), step);
  // With a step beyond the dimension's size there is one window.
  step = std::min(step, x.shape()[d] + 1);
  return record(
      "sliding_windows", x.with_layout(windows_of(x.layout(), d, size, step)),
      input(x, [=, shape = x.shape()](const Tensor& g) { return detail::add_windows(g, shape, d, size, step); }));
}
const Op sliding_windows_op{"sliding_windows"};

}  // namespace adora
