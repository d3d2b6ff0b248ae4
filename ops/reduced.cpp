#include "reduced.h"

#include "arithmetic.h"
#include "broadcast.h"
#include "compare.h"
#include "creation.h"
#include "view.h"

namespace adora::detail {

Reduced::Reduced(const char* op, const Tensor& x, const Shape& dims, bool keepdim) : kept(x.shape()) {
  Shape chosen = Shape::filled(x.ndim(), dims.empty() ? 1 : 0);
  for (std::int64_t dim : dims) {
    std::int64_t& taken = chosen[wrap_dim(op, dim, x.ndim())];
    check(taken == 0, "{}: dimension {} of {} is named twice", op, dim, describe(x));
    taken = 1;
  }
  for (int d = 0; d < x.ndim(); ++d) {
    if (chosen[d]) {
      count *= kept[d];
      kept[d] = 1;
    }
    if (!chosen[d] || keepdim) result.push_back(kept[d]);
  }
}

void check_choice(const char* op, const Tensor& x, const Reduced& to) {
  check(to.count > 0 || numel(to.kept) == 0, "{}: there is nothing to choose from in {}", op, describe(x));
}

Tensor shaped(const Tensor& y, const Shape& shape) {
  Layout layout = Layout::contiguous(shape);
  layout.offset = y.layout().offset;
  return y.with_layout(layout);
}

Tensor with_last(const Tensor& x, int d) { return x.with_layout(x.layout().transposed(d, x.ndim() - 1)); }

Tensor shared_among_equal(const Tensor& g, const Tensor& x, const Tensor& y, const Shape& kept) {
  Tensor chosen = where(eq(x, x), eq(x, reshape(y, kept)), ones({}, boolean, g.device()));
  // Counted in a type that holds the count.
  DType wide = size_of(g.dtype()) == 2 ? float32 : g.dtype();
  Tensor share = reshape(to(g, wide), kept) / sum_to(to(chosen, wide), kept);
  return where(chosen, broadcast_to(to(share, g.dtype()), chosen.shape()), zeros({}, g.dtype(), g.device()));
}

}  // namespace adora::detail
