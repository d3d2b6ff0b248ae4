#pragma once
#include "../elementwise.h"

namespace adora {
struct DivNoNan {
  template <class T> ADORA_HD T operator()(T a, T b) const { return b == T(0) ? T(0) : a / b; }
};
/// a / b, and 0 with a gradient of 0 where b is 0: what a row of length 0 has in place of a direction.
inline Tensor div_no_nan(const Tensor& a, const Tensor& b) { return elementwise("div_no_nan", DivNoNan{}, a, b); }
inline const Op div_no_nan_op{"div_no_nan", div_no_nan, {.low = 0.5, .high = 2}};
}  // namespace adora
