#pragma once
#include "../elementwise.h"

namespace adora {
struct Trunc {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T x) const { return math::trunc(x); }
};
/// x without what stands behind the point; its slope is 0.
inline Tensor trunc(const Tensor& x) { return elementwise("trunc", Trunc{}, x); }
inline const Op trunc_op{"trunc", trunc};
}  // namespace adora
