#include "elementwise.h"

#include "../autograd/record.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "formula.h"

namespace adora::detail {
namespace {

constexpr const char* names[] = {"x", "y", "z"};

math::Orders raised(math::Orders orders, int k) {
  ++orders[k];
  return orders;
}

/// Argument k of the formula as an input of the operation: its gradient needs all of them.
template <std::size_t... i, class... X>
auto argument(const Formula& formula, int k, const Tensor& x, std::index_sequence<i...>, const X&... all) {
  return input(x, {{names[i], all}...},
               [formula, orders = raised({}, k), shape = x.shape()](const Tensor& g, const X&... saved) {
                 const Tensor* arguments[] = {&saved...};
                 return sum_to(elementwise_derivative(formula, orders, g, arguments), shape);
               });
}

/// The same for g times a derivative. The gradient that arrives is called h.
template <std::size_t... i, class... X>
auto argument_of_derivative(const Formula& formula, math::Orders orders, int k, const Tensor& x, const Tensor& g,
                            std::index_sequence<i...>, const X&... all) {
  return input(
      x, {{"g", g}, {names[i], all}...},
      [formula, orders = raised(orders, k), shape = x.shape()](const Tensor& h, const Tensor& g, const X&... saved) {
        const Tensor* arguments[] = {&saved...};
        return sum_to(elementwise_derivative(formula, orders, mul(h, g), arguments), shape);
      });
}

/// g itself, in which the operation is linear.
template <std::size_t... i, class... X>
auto factor(const Formula& formula, const math::Orders& orders, const Tensor& g, std::index_sequence<i...>,
            const X&... all) {
  return input(g, {{names[i], all}...}, [formula, orders](const Tensor& h, const X&... saved) {
    const Tensor* arguments[] = {&saved...};
    return elementwise_derivative(formula, orders, h, arguments);
  });
}

template <std::size_t... k, class... X>
Tensor recorded(const Formula& formula, const Tensor& y, std::index_sequence<k...> each, const X&... x) {
  return record(formula.name, y, argument(formula, static_cast<int>(k), x, each, x...)...);
}

template <std::size_t... k, class... X>
Tensor recorded_derivative(const Formula& formula, const math::Orders& orders, const Tensor& y, const Tensor& g,
                           std::index_sequence<k...> each, const X&... x) {
  return record(formula.name, y, factor(formula, orders, g, each, x...),
                argument_of_derivative(formula, orders, static_cast<int>(k), x, g, each, x...)...);
}

/// Calls f with the numbers of the arguments and the arguments themselves.
template <class F> Tensor with_each(std::span<const Tensor* const> x, const F& f) {
  switch (x.size()) {
    case 1: return f(std::make_index_sequence<1>(), *x[0]);
    case 2: return f(std::make_index_sequence<2>(), *x[0], *x[1]);
    default: return f(std::make_index_sequence<3>(), *x[0], *x[1], *x[2]);
  }
}

Tensor mapped(const backends::MapFunction& function, const Tensor& g, std::span<const Tensor* const> x) {
  switch (x.size()) {
    case 1: return map_new(function, g.shape(), {&g, x[0]});
    case 2: return map_new(function, g.shape(), {&g, x[0], x[1]});
    default: return map_new(function, g.shape(), {&g, x[0], x[1], x[2]});
  }
}

}  // namespace

Tensor elementwise(const char* name, const CompiledFormula& compiled, const void* formula,
                   std::initializer_list<const Tensor*> arguments) {
  const Shape shape = broadcast_all(name, arguments);
  const Tensor y = map_new(compiled.values(name, formula), shape, arguments);
  bool kept = false;
  for (const Tensor* x : arguments) kept = kept || grad_required_now(*x);
  const Formula whole{name, &compiled, kept ? compiled.copy(formula) : nullptr};
  return with_each(arguments, [&](auto each, const auto&... x) { return recorded(whole, y, each, x...); });
}

Tensor elementwise_derivative(const Formula& formula, const math::Orders& orders, const Tensor& g,
                              std::span<const Tensor* const> arguments) {
  const CompiledFormula& compiled = *formula.compiled;
  Tensor y;
  if (orders.total() <= compiled.compiled_orders) {
    y = mapped(compiled.derivative(formula.name, formula.parameters.get(), orders), g, arguments);
  } else {
    check(orders.terms() <= math::Taylor::most_terms,
          "{}: a derivative of orders {}, {} and {} in its arguments takes {} terms, and {} are the most", formula.name,
          orders[0], orders[1], orders[2], orders.terms(), math::Taylor::most_terms);
    const backends::TaylorDerivative derivative{compiled.taylor, formula.parameters.get(), compiled.arity, orders,
                                                compiled.taylor_on_gpu};
    y = mapped(backends::map_function(formula.name, derivative), g, arguments);
  }
  return with_each(arguments,
                   [&](auto each, const auto&... x) { return recorded_derivative(formula, orders, y, g, each, x...); });
}

}  // namespace adora::detail
