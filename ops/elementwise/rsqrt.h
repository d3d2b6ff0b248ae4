#pragma once
#include "../elementwise.h"

namespace adora {
struct Rsqrt {
  template <class T> ADORA_HD T operator()(T x) const { return T(1) / math::sqrt(x); }
};
/// 1/√x
inline Tensor rsqrt(const Tensor& x) { return elementwise("rsqrt", Rsqrt{}, x); }
inline const Op rsqrt_op{"rsqrt", rsqrt, {.low = 0.2, .high = 3}};
}  // namespace adora
