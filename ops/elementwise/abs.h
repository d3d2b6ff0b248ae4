#pragma once
#include "../elementwise.h"

namespace adora {
struct Abs {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T x) const { return x > T(0) ? x : (x < T(0) ? -x : x - x); }
};
/// |x|; its slope at 0 is 0.
inline Tensor abs(const Tensor& x) { return elementwise("abs", Abs{}, x); }
inline const Op abs_op{"abs", abs};
}  // namespace adora
