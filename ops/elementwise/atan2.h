#pragma once
#include "../elementwise.h"

namespace adora {
struct Atan2 {
  template <class T> ADORA_HD T operator()(T a, T b) const { return math::atan2(a, b); }
};
/// The angle from -π to π of the point (b, a), whose tangent is a / b; its slopes at the origin are 0.
inline Tensor atan2(const Tensor& a, const Tensor& b) { return elementwise("atan2", Atan2{}, a, b); }
inline const Op atan2_op{"atan2", atan2, {.low = 0.5, .high = 2}};
}  // namespace adora
