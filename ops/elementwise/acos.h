#pragma once
#include "../elementwise.h"

namespace adora {
struct Acos {
  template <class T> ADORA_HD T operator()(T x) const { return math::acos(x); }
};
/// The angle from 0 to π with the cosine x; NaN beyond ±1.
inline Tensor acos(const Tensor& x) { return elementwise("acos", Acos{}, x); }
inline const Op acos_op{"acos", acos, {.low = -0.9, .high = 0.9}};
}  // namespace adora
