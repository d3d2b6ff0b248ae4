#pragma once
#include "../elementwise.h"

namespace adora {
struct Pow {
  double exponent;
  template <class T> ADORA_HD T operator()(T x) const { return math::pow(x, T(exponent)); }
};
/// x to the power `exponent`; NaN where x is negative and the exponent not whole.
inline Tensor pow(const Tensor& x, double exponent) { return elementwise("pow", Pow{exponent}, x); }
inline const Op pow_op{"pow", +[](const Tensor& x) { return pow(x, 2.5); }, {.low = 0.2, .high = 3}};
}  // namespace adora
