#pragma once
#include "../elementwise.h"

namespace adora {
struct Maximum {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const { return math::max(a, b); }
};
/// The larger of each two elements, NaN where one is; equal ones share the gradient.
inline Tensor maximum(const Tensor& a, const Tensor& b) { return elementwise("maximum", Maximum{}, a, b); }
inline const Op maximum_op{"maximum", maximum};
}  // namespace adora
