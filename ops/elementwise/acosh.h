#pragma once
#include "../elementwise.h"

namespace adora {
struct Acosh {
  template <class T> ADORA_HD T operator()(T x) const { return math::acosh(x); }
};
/// The inverse of cosh, 0 or more; NaN below 1.
inline Tensor acosh(const Tensor& x) { return elementwise("acosh", Acosh{}, x); }
inline const Op acosh_op{"acosh", acosh, {.low = 1.2, .high = 4}};
}  // namespace adora
