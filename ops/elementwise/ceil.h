#pragma once
#include "../elementwise.h"

namespace adora {
struct Ceil {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T x) const { return math::ceil(x); }
};
/// The smallest whole number from x on; its slope is 0.
inline Tensor ceil(const Tensor& x) { return elementwise("ceil", Ceil{}, x); }
inline const Op ceil_op{"ceil", ceil};
}  // namespace adora
