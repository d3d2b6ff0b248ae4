#pragma once
#include "../elementwise.h"
namespace adora {
struct Hardsigmoid {
  template <class T> ADORA_HD T operator()(T x) const {
    return x > T(-3) && x < T(3) ? T(1. / 6) * x + T(0.5) : T(x <= T(-3) ? 0. : (x >= T(3) ? 1. : NAN));
  }
};
/// x / 6 + 1/2 kept within 0 … 1; its slope at the bounds is 0.
inline Tensor hardsigmoid(const Tensor& x) { return elementwise("hardsigmoid", Hardsigmoid{}, x); }
inline const Op hardsigmoid_op{"hardsigmoid", hardsigmoid, {.low = -5, .high = 5}};
}  // namespace adora
