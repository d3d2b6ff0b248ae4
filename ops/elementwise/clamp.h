#pragma once
#include "../elementwise.h"

namespace adora {
struct Clamp {
  double low, high;
  template <class T> ADORA_HD T operator()(T x) const { return x < T(low) ? T(low) : (x > T(high) ? T(high) : x); }
};
/// x kept within low … high; its slope is 1 there, the bounds included, and 0 outside.
inline Tensor clamp(const Tensor& x, double low, double high) { return elementwise("clamp", Clamp{low, high}, x); }
inline const Op clamp_op{"clamp", +[](const Tensor& x) { return clamp(x, -1, 0.5); }};
}  // namespace adora
