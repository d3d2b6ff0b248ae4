#pragma once
#include "../elementwise.h"

namespace adora {
struct Hardshrink {
  double lambd;
  template <class T> ADORA_HD T operator()(T x) const { return x >= T(-lambd) && x <= T(lambd) ? T(0) : x; }
};
/// x, and 0 where |x| is at most lambd.
inline Tensor hardshrink(const Tensor& x, double lambd = .5) { return elementwise("hardshrink", Hardshrink{lambd}, x); }
inline const Op hardshrink_op{"hardshrink", +[](const Tensor& x) { return hardshrink(x); }};
}  // namespace adora
