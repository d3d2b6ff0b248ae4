#include "pooling.h"

#include "../autograd/record.h"
#include "index.h"
#include "op.h"
#include "view.h"
#include "windows.h"

namespace adora {
namespace detail {

ValuesAndIndices max_pool(const char* op, const Tensor& x, const Pooling& pooling, bool with_indices) {
  const Shape shape = images_shape(x, sizes_out(pooling.windows.windows, pooling.axes));
  Tensor y = empty_like(x, shape), indices;
  if (with_indices || grad_required_now(x)) indices = empty(shape, int64, x.device());
  backends::max_pool(with_three_axes(x), with_three_axes(y), indices.defined() ? with_three_axes(indices) : indices,
                     pooling.windows);
  record(op, y, input(x, {{"indices", indices}}, [pooling](const Tensor& g, const Tensor& indices) {
           return max_pool_gradient(g, indices, pooling);
         }));
  return {y, indices};
}

Tensor max_pool_gradient(const Tensor& g, const Tensor& indices, const Pooling& pooling) {
  check_inputs("max_pool_gradient", {&g, &indices});
  check(is_floating(g.dtype()), "max_pool_gradient: works on floating tensors, not on {}", describe(g));
  Tensor dx = empty_like(g, images_shape(g, sizes_in(pooling.windows.windows, pooling.axes)));
  backends::max_pool_gradient(with_three_axes(g), with_three_axes(indices), with_three_axes(dx), pooling.windows);
  return record(
      "max_pool_gradient", dx, input(g, {{"indices", indices}}, [pooling](const Tensor& gg, const Tensor& indices) {
        const backends::Windows& w = pooling.windows.windows;
        const std::int64_t planes = gg.shape()[0] * gg.shape()[1];
        const Tensor taken = gather(reshape(gg, {planes, w.image()}), 1, contiguous_as(indices, {planes, w.count()}));
        return reshape(taken, indices.shape());
      }));
}

Tensor avg_pool(const char* op, const Tensor& x, const Pooling& pooling) {
  Tensor y = empty_like(x, images_shape(x, sizes_out(pooling.windows.windows, pooling.axes)));
  backends::avg_pool(with_three_axes(x), with_three_axes(y), pooling.windows);
  return record(op, y, input(x, [=](const Tensor& g) { return avg_pool_gradient(op, g, pooling); }));
}

Tensor avg_pool_gradient(const char* op, const Tensor& g, const Pooling& pooling) {
  check_inputs("avg_pool_gradient", {&g});
  check(is_floating(g.dtype()), "avg_pool_gradient: works on floating tensors, not on {}", describe(g));
  Tensor dx = empty_like(g, images_shape(g, sizes_in(pooling.windows.windows, pooling.axes)));
  backends::avg_pool_gradient(with_three_axes(g), with_three_axes(dx), pooling.windows);
  return record("avg_pool_gradient", dx, input(g, [=](const Tensor& gg) { return avg_pool(op, gg, pooling); }));
}

}  // namespace detail

const Op max_pool_gradient_op{"max_pool_gradient"};
const Op avg_pool_gradient_op{"avg_pool_gradient"};

}  // namespace adora
