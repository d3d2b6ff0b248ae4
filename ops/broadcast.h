#pragma once
#include <initializer_list>

#include "../backends/map.h"
#include "../core/tensor.h"

namespace adora {

/// x with the dimensions that broadcasting to it added or stretched summed away:
/// the gradient of a broadcast. Recorded.
Tensor sum_to(const Tensor& x, const Shape& shape);
/// x stretched to `shape` (a view). Recorded.
Tensor broadcast_to(const Tensor& x, const Shape& shape);
/// As broadcast_to, where -1 keeps the size x has in that dimension.
Tensor expand(const Tensor& x, const Shape& shape);

namespace detail {

/// The shape that all inputs broadcast to; an error naming `op` where dtypes differ
/// or shapes don't fit.
Shape broadcast_all(const char* op, std::initializer_list<const Tensor*> inputs);

/// A new tensor formula(x[0], x[1], …) of the given shape.
Tensor map_new(const backends::MapFunction& function, const Shape& shape, std::initializer_list<const Tensor*> inputs);

template <int Arity, class F>
Tensor map_broadcast(const char* op, const F& formula, const Shape& shape,
                     std::initializer_list<const Tensor*> inputs) {
  return map_new(backends::map_function<Arity>(op, formula), shape, inputs);
}

}  // namespace detail
}  // namespace adora
