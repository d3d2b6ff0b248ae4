#pragma once
#include "../elementwise.h"

namespace adora {
struct Sigmoid {
  static constexpr int compiled_orders = 3;
  template <class T> ADORA_HD T operator()(T x) const { return math::sigmoid(x); }
};
/// 1/(1 + e⁻ˣ)
inline Tensor sigmoid(const Tensor& x) { return elementwise("sigmoid", Sigmoid{}, x); }
inline const Op sigmoid_op{"sigmoid", sigmoid};
}  // namespace adora
