#pragma once
#include "../elementwise.h"

namespace adora {
struct Silu {
  static constexpr int compiled_orders = 3;
  template <class T> ADORA_HD T operator()(T x) const { return x * math::sigmoid(x); }
};
/// x·sigmoid(x), also called swish.
inline Tensor silu(const Tensor& x) { return elementwise("silu", Silu{}, x); }
inline const Op silu_op{"silu", silu};
}  // namespace adora
