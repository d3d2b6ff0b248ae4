#pragma once
// Not in adora.h: for the file that defines an elementwise op.
#include "../autograd/record.h"
#include "../backends/map.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "elementwise.h"

namespace adora {
namespace detail {

/// The number of times that a formula has been differentiated already.
template <class F> constexpr int order = 0;
template <class F, int k> constexpr int order<math::Derivative<F, k>> = 1 + order<F>;

/// The gradient for argument k: g times the derivative there. Where the gradient's
/// own gradient may be asked for, from two recorded ops; otherwise in one pass.
template <int k, class F, class... X>
Tensor elementwise_gradient(const char* name, const F& formula, const Tensor& g, const X&... x) {
  if constexpr (order<F> >= 2) {
    fail("{}: third derivatives of elementwise functions are not computed", name);
  } else {
    math::Derivative<F, k> derivative{formula};
    if (grad_enabled()) return mul(g, elementwise(name, derivative, x...));
    math::Times<math::Derivative<F, k>> times{derivative};
    const Tensor inputs[] = {g, x.with_layout(x.layout().expanded(g.shape()))...};
    Tensor y = empty_like(g);
    backends::map(y, backends::map_function<1 + sizeof...(X)>(name, times), inputs);
    return y;
  }
}

/// Argument k as an input of the operation: its gradient needs all of them.
template <int k, class F, int... I, class... X>
auto elementwise_input(const char* name, const F& formula, std::integer_sequence<int, I...>, const Tensor& x,
                       const X&... all) {
  constexpr const char* names[] = {"x", "y", "z"};
  return input(x, {{names[I], all}...}, [=, shape = x.shape()](const Tensor& g, const X&... saved) {
    return sum_to(elementwise_gradient<k>(name, formula, g, saved...), shape);
  });
}

template <class F, int... I, class... X>
Tensor elementwise(const char* name, const F& formula, std::integer_sequence<int, I...> each, const X&... x) {
  Shape shape = broadcast_all(name, {&x...});
  Tensor y = map_broadcast<sizeof...(X)>(name, formula, shape, {&x...});
  return record(name, y, elementwise_input<I>(name, formula, each, x, x...)...);
}

}  // namespace detail

template <class F, class... X> Tensor elementwise(const char* name, const F& formula, const X&... x) {
  return detail::elementwise(name, formula, std::make_integer_sequence<int, sizeof...(X)>(), x...);
}

}  // namespace adora
