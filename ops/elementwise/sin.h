#pragma once
#include "../elementwise.h"
namespace adora {
struct Sin {
  static constexpr int compiled_orders = 3;
  static constexpr float float_limit = math::near_limit;
  template <class T> ADORA_HD T operator()(T x) const { return math::sin_near(x); }
};
/// The sine of x in radians.
inline Tensor sin(const Tensor& x) { return elementwise("sin", Sin{}, x); }
inline const Op sin_op{"sin", sin};
}  // namespace adora
