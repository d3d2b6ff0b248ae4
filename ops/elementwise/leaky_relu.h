#pragma once
#include "../elementwise.h"

namespace adora {
struct LeakyRelu {
  double slope;
  template <class T> ADORA_HD T operator()(T x) const { return x > T(0) ? x : math::scale(x, slope); }
};
/// x where it is positive, slope·x elsewhere, 0 included.
inline Tensor leaky_relu(const Tensor& x, double slope = .01) { return elementwise("leaky_relu", LeakyRelu{slope}, x); }
inline const Op leaky_relu_op{"leaky_relu", +[](const Tensor& x) { return leaky_relu(x); }};
}  // namespace adora
