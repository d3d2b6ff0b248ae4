#pragma once
#include "../elementwise.h"

namespace adora {
struct Sign {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T x) const { return T(x > T(0) ? 1 : (x < T(0) ? -1 : 0)); }
};
/// 1, -1 or 0 as x is positive, negative or 0, and 0 of NaN; its slope is 0.
inline Tensor sign(const Tensor& x) { return elementwise("sign", Sign{}, x); }
inline const Op sign_op{"sign", sign};
}  // namespace adora
