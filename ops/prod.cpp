#include "prod.h"

#include "../autograd/record.h"
#include "../backends/scan.h"
#include "arithmetic.h"
#include "creation.h"
#include "op.h"
#include "reduced.h"
#include "running.h"
#include "view.h"

namespace adora {
namespace {

/// All dimensions in an order in which those that are reduced come last.
Shape reduced_last(int ndim, const Shape& dims) {
  Shape kept, reduced;
  for (int d = 0; d < ndim; ++d) {
    bool chosen = dims.empty();
    for (std::int64_t dim : dims) chosen = chosen || wrap_dim("prod", dim, ndim) == d;
    (chosen ? reduced : kept).push_back(d);
  }
  for (std::int64_t d : reduced) kept.push_back(d);
  return kept;
}

/// What `permute(x, order)` is undone by.
Shape inverse(const Shape& order) {
  Shape back = order;
  for (int i = 0; i < order.size(); ++i) back[static_cast<int>(order[i])] = i;
  return back;
}

}  // namespace

Tensor prod(const Tensor& x, const Shape& dims, bool keepdim) {
  check_inputs("prod", {&x});
  detail::Reduced to("prod", x, dims, keepdim);
  const Shape order = reduced_last(x.ndim(), dims), rows{numel(to.kept), to.count};
  Tensor y = empty(to.result, is_floating(x.dtype()) ? x.dtype() : int64, x.device());
  backends::product(reshape(permute(x.detach(), order), rows), detail::shaped(y, {rows[0], 1}));
  return record("prod", y, input(x, {{"x", x}}, [=](const Tensor& g, const Tensor& x) {
                  // An element's slope is the product of those before it and those after it.
                  const Tensor moved = permute(x, order), row = reshape(moved, rows);
                  const Tensor others = detail::product_before(row, 1, false) * detail::product_before(row, 1, true);
                  return permute(reshape(reshape(g, {rows[0], 1}) * others, moved.shape()), inverse(order));
                }));
}
const Op prod_op{"prod"};

}  // namespace adora
