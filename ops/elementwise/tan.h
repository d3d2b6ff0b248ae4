#pragma once
#include "../elementwise.h"

namespace adora {
struct Tan {
  template <class T> ADORA_HD T operator()(T x) const { return math::tan(x); }
};
/// The tangent of x in radians.
inline Tensor tan(const Tensor& x) { return elementwise("tan", Tan{}, x); }
inline const Op tan_op{"tan", tan, {.low = -1.2, .high = 1.2}};
}  // namespace adora
