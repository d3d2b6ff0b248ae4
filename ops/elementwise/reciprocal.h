#pragma once
#include "../elementwise.h"

namespace adora {
struct Reciprocal {
  template <class T> ADORA_HD T operator()(T x) const { return T(1) / x; }
};
/// 1/x
inline Tensor reciprocal(const Tensor& x) { return elementwise("reciprocal", Reciprocal{}, x); }
inline const Op reciprocal_op{"reciprocal", reciprocal, {.low = 0.2, .high = 3}};
}  // namespace adora
