#pragma once
#include "../elementwise.h"

namespace adora {
struct Sqrt {
  template <class T> ADORA_HD T operator()(T x) const { return math::sqrt(x); }
};
/// √x; its slope at 0 is infinite.
inline Tensor sqrt(const Tensor& x) { return elementwise("sqrt", Sqrt{}, x); }
inline const Op sqrt_op{"sqrt", sqrt, {.low = 0.2, .high = 3}};
}  // namespace adora
