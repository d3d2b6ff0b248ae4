#pragma once
#include "../elementwise.h"

namespace adora {
struct Erfc {
  template <class T> ADORA_HD T operator()(T x) const { return math::erfc(x); }
};
/// 1 - erf(x), precise where that is small.
inline Tensor erfc(const Tensor& x) { return elementwise("erfc", Erfc{}, x); }
inline const Op erfc_op{"erfc", erfc};
}  // namespace adora
