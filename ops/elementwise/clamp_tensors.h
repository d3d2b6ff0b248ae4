#pragma once
#include "../elementwise_arguments.h"
namespace adora {
struct ClampTensors {
  template <class T> ADORA_HD T operator()(T x, T a, T b) const { return math::clamp(x, a, b); }
};
/// The same with bounds that are tensors, and have slopes where x is beyond them. An undefined one is no bound.
inline Tensor clamp(const Tensor& x, const Tensor& a, const Tensor& b) {
  return elementwise("clamp_tensors", ClampTensors{}, x, detail::clamp_bound(a, -1, x), detail::clamp_bound(b, 1, x));
}
inline const Op clamp_tensors_op{"clamp_tensors", {}, clamp};
}  // namespace adora
