#pragma once
#include "../elementwise.h"

namespace adora {
struct Expm1 {
  template <class T> ADORA_HD T operator()(T x) const { return math::expm1(x); }
};
/// eˣ - 1, exact where x is small.
inline Tensor expm1(const Tensor& x) { return elementwise("expm1", Expm1{}, x); }
inline const Op expm1_op{"expm1", expm1};
}  // namespace adora
