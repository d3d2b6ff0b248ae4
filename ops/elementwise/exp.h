#pragma once
#include "../elementwise.h"

namespace adora {
struct Exp {
  template <class T> ADORA_HD T operator()(T x) const { return math::exp(x); }
};
/// eˣ
inline Tensor exp(const Tensor& x) { return elementwise("exp", Exp{}, x); }
inline const Op exp_op{"exp", exp};
}  // namespace adora
