#pragma once
#include "map.h"
#include "taylor.h"

namespace adora::backends {

/// A formula computed with Taylor polynomials: y = formula(x[0], x[1], …).
using TaylorFormula = void (*)(const void* formula, const math::Taylor* x, math::Taylor& y);

/// A derivative of a formula, of any order that has no more than Taylor::most_terms terms.
struct TaylorDerivative {
  TaylorFormula computed;
  const void* formula;
  int arity;  ///< up to 3
  math::Orders orders;
  MapOnGpu on_gpu;  ///< null where the formula was compiled for the CPU alone
};

/// g times that derivative, an elementwise function of g and the formula's arguments, computed in float64 for every
/// dtype. The loops are the same for all formulas. `derivative` must outlive the result.
MapFunction map_function(const char* name, const TaylorDerivative& derivative);

namespace detail {
template <class F, int... I>
void taylor_formula(const void* formula, const math::Taylor* x, math::Taylor& y, std::integer_sequence<int, I...>) {
  y = (*static_cast<const F*>(formula))(x[I]...);
}
}  // namespace detail
template <class F, int Arity> void taylor_formula(const void* formula, const math::Taylor* x, math::Taylor& y) {
  detail::taylor_formula<F>(formula, x, y, std::make_integer_sequence<int, Arity>());
}

}  // namespace adora::backends

#if defined(__CUDACC__) || defined(ADORA_CUDA_EMULATOR)
namespace adora::backends::cuda {

/// g times a derivative of F at x.
template <class F> struct TimesTaylor {
  F formula;
  math::Orders orders;
  template <class... X> ADORA_HD double operator()(double g, X... x) const {
    return g * at(std::make_integer_sequence<int, sizeof...(X)>(), x...);
  }

 private:
  template <int... I, class... X> ADORA_HD double at(std::integer_sequence<int, I...>, X... x) const {
    return math::derivative(formula(math::Taylor(x, I, orders)...), orders);
  }
};

template <class F, int Arity>
void taylor_on_gpu(const Tensor& out, const MapFunction& function, std::span<const Tensor> inputs) {
  const auto& derivative = *static_cast<const TaylorDerivative*>(function.formula);
  if (out.numel() == 0) return;
  map_any<double, TimesTaylor<F>, 1 + Arity>(
      TimesTaylor<F>{*static_cast<const F*>(derivative.formula), derivative.orders}, out, inputs);
}

}  // namespace adora::backends::cuda
#endif
