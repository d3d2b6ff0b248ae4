#pragma once
#include "../elementwise.h"

namespace adora {
struct Tanhshrink {
  template <class T> ADORA_HD T operator()(T x) const { return x - math::tanh(x); }
};
/// x - tanh(x)
inline Tensor tanhshrink(const Tensor& x) { return elementwise("tanhshrink", Tanhshrink{}, x); }
inline const Op tanhshrink_op{"tanhshrink", tanhshrink};
}  // namespace adora
