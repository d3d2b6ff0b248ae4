#pragma once
#include "../elementwise.h"

namespace adora {
struct Lgamma {
  static constexpr int compiled_orders = 1;
  template <class T> ADORA_HD T operator()(T x) const { return math::lgamma(x); }
};
/// log |Γ(x)|; infinite at 0, -1, -2, …
inline Tensor lgamma(const Tensor& x) { return elementwise("lgamma", Lgamma{}, x); }
inline const Op lgamma_op{"lgamma", lgamma, {.low = 0.3, .high = 4}};
}  // namespace adora
