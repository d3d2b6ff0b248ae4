#pragma once
#include "../elementwise.h"
namespace adora {
struct Cos {
  static constexpr int compiled_orders = 3;
  static constexpr float float_limit = math::near_limit;
  template <class T> ADORA_HD T operator()(T x) const { return math::cos_near(x); }
};
/// The cosine of x in radians.
inline Tensor cos(const Tensor& x) { return elementwise("cos", Cos{}, x); }
inline const Op cos_op{"cos", cos};
}  // namespace adora
