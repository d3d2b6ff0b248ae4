#pragma once
#include "../elementwise.h"

namespace adora {
struct Erf {
  template <class T> ADORA_HD T operator()(T x) const { return math::erf(x); }
};
/// The error function, 2/√π times the integral of exp(-t²) from 0 to x.
inline Tensor erf(const Tensor& x) { return elementwise("erf", Erf{}, x); }
inline const Op erf_op{"erf", erf};
}  // namespace adora
