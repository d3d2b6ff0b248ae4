#pragma once
#include "../elementwise_arguments.h"
namespace adora {
struct NanToNum {  // Other numbers for NaN, inf and -inf, with slope 0: unless given, 0 and the largest of the dtype.
  double nan, high, low;
  template <class T> ADORA_HD T operator()(T x) const { return math::finite_or(x, T(nan), T(high), T(low)); }
};
inline Tensor nan_to_num(const Tensor& x, double nan = 0, OptionalNumber inf = {}, OptionalNumber ninf = {}) {
  return elementwise("nan_to_num", NanToNum{nan, detail::or_most(inf, 1, x), detail::or_most(ninf, -1, x)}, x);
}
inline const Op nan_to_num_op{"nan_to_num", +[](const Tensor& x) { return nan_to_num(x); }};
}  // namespace adora
