#pragma once
#include "../elementwise.h"

namespace adora {
struct Erfinv {
  static constexpr int compiled_orders = 1;
  template <class T> ADORA_HD T operator()(T x) const { return math::erfinv(x); }
};
/// The inverse of erf; infinite at ±1, NaN beyond.
inline Tensor erfinv(const Tensor& x) { return elementwise("erfinv", Erfinv{}, x); }
inline const Op erfinv_op{"erfinv", erfinv, {.low = -0.9, .high = 0.9}};
}  // namespace adora
