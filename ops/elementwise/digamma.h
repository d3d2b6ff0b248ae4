#pragma once
#include "../elementwise.h"

namespace adora {
struct Digamma {
  static constexpr int compiled_orders = 1;
  template <class T> ADORA_HD T operator()(T x) const { return math::digamma(x); }
};
/// The derivative of lgamma, Γ'(x) / Γ(x); ∓inf at ±0, NaN at -1, -2, …
inline Tensor digamma(const Tensor& x) { return elementwise("digamma", Digamma{}, x); }
inline const Op digamma_op{"digamma", digamma, {.low = 0.3, .high = 4}};
}  // namespace adora
