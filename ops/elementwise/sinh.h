#pragma once
#include "../elementwise.h"

namespace adora {
struct Sinh {
  template <class T> ADORA_HD T operator()(T x) const { return math::sinh(x); }
};
/// The hyperbolic sine.
inline Tensor sinh(const Tensor& x) { return elementwise("sinh", Sinh{}, x); }
inline const Op sinh_op{"sinh", sinh};
}  // namespace adora
