#pragma once
#include "../elementwise_arguments.h"
namespace adora {
struct Lerp {
  static constexpr int compiled_orders = 1;
  template <class T> ADORA_HD T operator()(T a, T b, T w) const { return math::between(a, b, w); }
};
/// a + w·(b - a)
inline Tensor lerp(const Tensor& a, const Tensor& b, const Tensor& w) { return elementwise("lerp", Lerp{}, a, b, w); }
inline Tensor lerp(const Tensor& a, const Tensor& b, double w) { return lerp(a, b, detail::number_like("lerp", w, a)); }
inline const Op lerp_op{"lerp", {}, lerp};
}  // namespace adora
