#pragma once
#include "../elementwise_arguments.h"
namespace adora {
struct Celu {  // x where it is positive, alpha·(exp(x / alpha) - 1) elsewhere
  double alpha;
  template <class T> ADORA_HD T operator()(T x) const { return math::elu(x, alpha, 1 / alpha, 1); }
};
inline Tensor celu(const Tensor& x, double a = 1) {
  return elementwise("celu", Celu{detail::not_0("celu: alpha", a)}, x);
}
inline const Op celu_op{"celu", +[](const Tensor& x) { return celu(x, 0.75); }};
}  // namespace adora
