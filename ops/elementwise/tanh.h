#pragma once
#include "../elementwise.h"

namespace adora {
struct Tanh {
  static constexpr int compiled_orders = 3;
  template <class T> ADORA_HD T operator()(T x) const { return math::tanh(x); }
};
/// The hyperbolic tangent.
inline Tensor tanh(const Tensor& x) { return elementwise("tanh", Tanh{}, x); }
inline const Op tanh_op{"tanh", tanh};
}  // namespace adora
