#pragma once
#include "../elementwise.h"

namespace adora {
struct Atanh {
  template <class T> ADORA_HD T operator()(T x) const { return math::atanh(x); }
};
/// The inverse of tanh; infinite at ±1, NaN beyond.
inline Tensor atanh(const Tensor& x) { return elementwise("atanh", Atanh{}, x); }
inline const Op atanh_op{"atanh", atanh, {.low = -0.9, .high = 0.9}};
}  // namespace adora
