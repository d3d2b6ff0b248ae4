#pragma once
#include "../elementwise.h"

namespace adora {
struct Square {
  static constexpr int compiled_orders = 3;
  template <class T> ADORA_HD T operator()(T x) const { return x * x; }
};
/// x²
inline Tensor square(const Tensor& x) { return elementwise("square", Square{}, x); }
inline const Op square_op{"square", square};
}  // namespace adora
