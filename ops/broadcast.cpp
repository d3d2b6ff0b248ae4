#include "broadcast.h"

#include "../autograd/record.h"
#include "../backends/reduce.h"
#include "op.h"

namespace adora {
namespace detail {

Shape broadcast_all(const char* op, std::initializer_list<const Tensor*> inputs) {
  check_inputs(op, inputs);
  const Tensor& first = **inputs.begin();
  Shape shape = first.shape();
  for (const Tensor* x : inputs) {
    check(x->dtype() == first.dtype(), "{}: inputs are {} and {}; convert one with to(x, {})", op, describe(first),
          describe(*x), name(first.dtype()));
    shape = broadcast(op, shape, x->shape());
  }
  return shape;
}

Tensor map_new(const backends::MapFunction& function, const Shape& shape, std::initializer_list<const Tensor*> inputs) {
  std::array<Tensor, 8> stretched;
  std::size_t count = 0;
  for (const Tensor* x : inputs) {
    stretched[count++] = x->shape() == shape ? *x : x->with_layout(x->layout().expanded(shape));
  }
  Tensor y = empty_like(**inputs.begin(), shape);
  backends::map(y, function, std::span<const Tensor>(stretched.data(), count));
  return y;
}

}  // namespace detail

Tensor sum_to(const Tensor& x, const Shape& shape) {
  check_inputs("sum_to", {&x});
  if (x.shape() == shape) return x;
  check(x.ndim() >= shape.size() && broadcast("sum_to", x.shape(), shape) == x.shape(),
        "sum_to: {} cannot be summed to {}: that does not broadcast to it", describe(x), shape);
  int added = x.ndim() - shape.size();
  Shape kept = Shape::filled(added, 1);
  for (std::int64_t size : shape) kept.push_back(size);
  Tensor y = empty_like(x, kept);
  backends::reduce(x, y, backends::ReduceOp::sum);
  return record("sum_to", y.with_layout(Layout::contiguous(shape)),
                input(x, [full = x.shape()](const Tensor& g) { return broadcast_to(g, full); }));
}
const Op sum_to_op{"sum_to"};

namespace {
Tensor stretched(const char* op, const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  numel(shape, op);
  check(broadcast(op, x.shape(), shape) == shape, "{}: {} cannot be stretched to {}", op, x.shape(), shape);
  return record("broadcast_to", x.with_layout(x.layout().expanded(shape)),
                input(x, [from = x.shape()](const Tensor& g) { return sum_to(g, from); }));
}
}  // namespace

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  check_inputs("broadcast_to", {&x});
  return stretched("broadcast_to", x, shape);
}
const Op broadcast_to_op{"broadcast_to"};

Tensor expand(const Tensor& x, const Shape& shape) {
  check_inputs("expand", {&x});
  Shape wanted = shape;
  int added = shape.size() - x.ndim();
  for (int i = std::max(added, 0); i < shape.size(); ++i) {
    if (shape[i] == -1) wanted[i] = x.shape()[i - added];
  }
  return stretched("expand", x, wanted);
}
const Op expand_op{"expand"};

}  // namespace adora
