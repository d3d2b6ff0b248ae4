#pragma once
#include "../elementwise.h"

namespace adora {
struct Hypot {
  template <class T> ADORA_HD T operator()(T a, T b) const { return math::hypot(a, b); }
};
/// √(a² + b²) without overflow on the way; at the origin the slopes are NaN.
inline Tensor hypot(const Tensor& a, const Tensor& b) { return elementwise("hypot", Hypot{}, a, b); }
inline const Op hypot_op{"hypot", hypot, {.low = 0.5, .high = 2}};
}  // namespace adora
