#pragma once
#include "square.h"

namespace adora {
struct Pow {
  double exponent;
  template <class T> ADORA_HD T operator()(T x) const { return math::pow(x, T(exponent)); }
};
/// x to the power p; NaN where x is negative and p not whole. Squares are products.
inline Tensor pow(const Tensor& x, double p) { return p == 2 ? square(x) : elementwise("pow", Pow{p}, x); }
inline const Op pow_op{"pow", +[](const Tensor& x) { return pow(x, 2.5); }, {.low = 0.2, .high = 3}};
}  // namespace adora
