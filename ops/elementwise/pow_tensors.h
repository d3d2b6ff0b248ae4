#pragma once
#include "../elementwise_arguments.h"
namespace adora {
struct PowTensors {
  template <class T> ADORA_HD T operator()(T a, T b) const { return math::pow(a, b); }
};
/// a to the power b; NaN where a is negative and b not whole. Where a is 0 the slope for b is 0, for b from 0 on.
inline Tensor pow(const Tensor& a, const Tensor& b) { return elementwise("pow_tensors", PowTensors{}, a, b); }
inline Tensor pow(double a, const Tensor& b) { return pow(detail::number_like("pow", a, b), b); }
inline const Op pow_tensors_op{"pow_tensors", +[](const Tensor& a, const Tensor& b) { return pow(a, b); }, {0.2, 2}};
}  // namespace adora
