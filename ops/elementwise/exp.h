#pragma once
#include "../elementwise.h"

namespace adora {
struct Exp {
  static constexpr int compiled_orders = 3;
  template <class T> ADORA_HD T operator()(T x) const { return math::exp(x); }
};
/// eˣ
inline Tensor exp(const Tensor& x) { return elementwise("exp", Exp{}, x); }
inline const Op exp_op{"exp", exp};
}  // namespace adora
