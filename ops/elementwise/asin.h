#pragma once
#include "../elementwise.h"

namespace adora {
struct Asin {
  template <class T> ADORA_HD T operator()(T x) const { return math::asin(x); }
};
/// The angle from -π/2 to π/2 with the sine x; NaN beyond ±1.
inline Tensor asin(const Tensor& x) { return elementwise("asin", Asin{}, x); }
inline const Op asin_op{"asin", asin, {.low = -0.9, .high = 0.9}};
}  // namespace adora
