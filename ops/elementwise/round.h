#pragma once
#include "../elementwise.h"

namespace adora {
struct Round {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T x) const { return math::round(x); }
};
/// The nearest whole number, the even one for halves; its slope is 0.
inline Tensor round(const Tensor& x) { return elementwise("round", Round{}, x); }
inline const Op round_op{"round", round};
}  // namespace adora
