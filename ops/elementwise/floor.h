#pragma once
#include "../elementwise.h"

namespace adora {
struct Floor {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T x) const { return math::floor(x); }
};
/// The largest whole number up to x; its slope is 0.
inline Tensor floor(const Tensor& x) { return elementwise("floor", Floor{}, x); }
inline const Op floor_op{"floor", floor};
}  // namespace adora
