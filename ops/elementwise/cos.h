#pragma once
#include "../elementwise.h"

namespace adora {
struct Cos {
  template <class T> ADORA_HD T operator()(T x) const { return math::cos(x); }
};
/// The cosine of x in radians.
inline Tensor cos(const Tensor& x) { return elementwise("cos", Cos{}, x); }
inline const Op cos_op{"cos", cos};
}  // namespace adora
