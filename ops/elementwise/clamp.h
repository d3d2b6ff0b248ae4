#pragma once
#include "../elementwise_arguments.h"
namespace adora {
struct Clamp {
  double low, high;
  template <class T> ADORA_HD T operator()(T x) const { return math::clamp(x, T(low), T(high)); }
};
/// min(max(x, low), high), NaN where one is; its slope is 1 in low … high, the bounds included, and 0 outside.
inline Tensor clamp(const Tensor& x, double low, double high) { return elementwise("clamp", Clamp{low, high}, x); }
inline const Op clamp_op{"clamp", +[](const Tensor& x) { return clamp(x, -1, 0.5); }};
}  // namespace adora
