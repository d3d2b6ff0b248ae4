#pragma once
#include "../elementwise.h"
namespace adora {
struct Hardswish {
  template <class T> ADORA_HD T operator()(T x) const {
    return x <= T(-3) ? math::scale(x, 0) : (x < T(3) ? math::scale(x, 1. / 6) * (x + T(3)) : x);
  }
};
/// x·hardsigmoid(x) (Howard et al., "Searching for MobileNetV3"); as there, 0 times -inf is NaN.
inline Tensor hardswish(const Tensor& x) { return elementwise("hardswish", Hardswish{}, x); }
inline const Op hardswish_op{"hardswish", hardswish, {.low = -5, .high = 5}};
}  // namespace adora
