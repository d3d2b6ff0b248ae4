#pragma once
#include "../elementwise.h"

namespace adora {
struct Mish {
  static constexpr int compiled_orders = 3;
  template <class T> ADORA_HD T operator()(T x) const { return x * math::tanh(math::softplus(x)); }
};
/// x·tanh(softplus(x)) (Misra, "Mish: a self regularized non-monotonic activation function", 2019).
inline Tensor mish(const Tensor& x) { return elementwise("mish", Mish{}, x); }
inline const Op mish_op{"mish", mish};
}  // namespace adora
