#pragma once
#include "../elementwise.h"

namespace adora {
struct Minimum {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const { return math::min(a, b); }
};
/// The smaller of each two elements, NaN where one is; equal ones share the gradient.
inline Tensor minimum(const Tensor& a, const Tensor& b) { return elementwise("minimum", Minimum{}, a, b); }
inline const Op minimum_op{"minimum", minimum};
}  // namespace adora
