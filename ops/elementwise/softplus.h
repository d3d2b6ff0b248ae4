#pragma once
#include "../elementwise.h"

namespace adora {
struct Softplus {
  static constexpr int compiled_orders = 3;
  template <class T> ADORA_HD T operator()(T x) const { return math::softplus(x); }
};
/// log(1 + eˣ)
inline Tensor softplus(const Tensor& x) { return elementwise("softplus", Softplus{}, x); }
inline const Op softplus_op{"softplus", softplus};
}  // namespace adora
