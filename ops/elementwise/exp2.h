#pragma once
#include "../elementwise.h"

namespace adora {
struct Exp2 {
  template <class T> ADORA_HD T operator()(T x) const { return math::exp2(x); }
};
/// 2ˣ
inline Tensor exp2(const Tensor& x) { return elementwise("exp2", Exp2{}, x); }
inline const Op exp2_op{"exp2", exp2};
}  // namespace adora
