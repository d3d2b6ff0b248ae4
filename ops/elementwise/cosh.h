#pragma once
#include "../elementwise.h"

namespace adora {
struct Cosh {
  template <class T> ADORA_HD T operator()(T x) const { return math::cosh(x); }
};
/// The hyperbolic cosine.
inline Tensor cosh(const Tensor& x) { return elementwise("cosh", Cosh{}, x); }
inline const Op cosh_op{"cosh", cosh};
}  // namespace adora
