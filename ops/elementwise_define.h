#pragma once
#include <type_traits>

#include "elementwise.h"
#include "formula.h"

namespace adora {
namespace detail {

/// The highest order of derivatives that a formula has loops of its own for, computed with dual numbers: twice is often
/// asked for. A formula says otherwise with `static constexpr int compiled_orders`: 1 where the library's compile time
/// counts for more than the speed of second derivatives, 3 where third ones are common. Higher ones take a hundred
/// times as long (`Taylor`).
template <class F> constexpr int compiled_orders() {
  if constexpr (requires { F::compiled_orders; }) return F::compiled_orders;
  return 2;
}

template <class F, int arity> struct Compilation {
  static constexpr int most = compiled_orders<F>(), side = most + 1;

  static const F& of(const void* formula) { return *static_cast<const F*>(formula); }

  static backends::MapFunction values(const char* name, const void* formula) {
    return backends::map_function<arity>(name, of(formula));
  }

  template <int n0, int n1, int n2>
  static void choose(const char* name, const void* formula, const math::Orders& orders, backends::MapFunction& chosen) {
    constexpr int total = n0 + n1 + n2;
    if constexpr (total > 0 && total <= most && (arity > 1 || n1 == 0) && (arity > 2 || n2 == 0)) {
      if (orders == math::Orders{{n0, n1, n2}}) {
        chosen = backends::map_function_of<1 + arity, math::TimesDerivative<F, n0, n1, n2>>(name, of(formula));
      }
    }
  }
  template <int... i>
  static backends::MapFunction among(const char* name, const void* formula, const math::Orders& orders,
                                     std::integer_sequence<int, i...>) {
    backends::MapFunction chosen{name, formula};
    (choose<i % side, i / side % side, i / side / side>(name, formula, orders, chosen), ...);
    return chosen;
  }
  static backends::MapFunction derivative(const char* name, const void* formula, const math::Orders& orders) {
    constexpr int all = arity == 1 ? side : arity == 2 ? side * side : side * side * side;
    return among(name, formula, orders, std::make_integer_sequence<int, all>());
  }

  static std::shared_ptr<const void> copy(const void* formula) {
    if constexpr (std::is_empty_v<F> && std::is_default_constructible_v<F>) {
      static constexpr F without_parameters{};
      return {std::shared_ptr<const void>(), &without_parameters};
    } else {
      return std::make_shared<const F>(of(formula));
    }
  }

#if defined(__CUDACC__) || defined(ADORA_CUDA_EMULATOR)
  static constexpr backends::MapOnGpu on_gpu = backends::cuda::taylor_on_gpu<F, arity>;
#else
  static constexpr backends::MapOnGpu on_gpu = nullptr;
#endif
};

template <class F, int arity>
inline constexpr CompiledFormula compiled_formula{arity,
                                                  compiled_orders<F>(),
                                                  Compilation<F, arity>::values,
                                                  Compilation<F, arity>::derivative,
                                                  backends::taylor_formula<F, arity>,
                                                  Compilation<F, arity>::on_gpu,
                                                  Compilation<F, arity>::copy};

}  // namespace detail

/// The same as in elementwise.h, and defined: a call that follows this header compiles its formula where it stands. One
/// that comes before, as in the library's own ops, means the other function, which a file of the library's compiles:
/// so this header is the last that adora.h includes of those.
template <class F, class... X>
Tensor elementwise(const char* name, const F& formula, const Tensor& x, const X&... more) {
  static_assert(sizeof...(X) < 3, "an elementwise function has one, two or three arguments");
  return detail::elementwise(name, detail::compiled_formula<F, 1 + sizeof...(X)>, &formula, {&x, &more...});
}

}  // namespace adora
