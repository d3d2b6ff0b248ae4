#pragma once
#include "../elementwise.h"

namespace adora {
struct Atan {
  template <class T> ADORA_HD T operator()(T x) const { return math::atan(x); }
};
/// The angle from -π/2 to π/2 with the tangent x.
inline Tensor atan(const Tensor& x) { return elementwise("atan", Atan{}, x); }
inline const Op atan_op{"atan", atan};
}  // namespace adora
