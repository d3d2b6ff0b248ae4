#pragma once
#include "../elementwise.h"

namespace adora {
struct Elu {
  double alpha;
  template <class T> ADORA_HD T operator()(T x) const { return math::elu(x, alpha, 1, 1); }
};
/// x where it is positive, alpha·(eˣ - 1) elsewhere.
inline Tensor elu(const Tensor& x, double alpha = 1) { return elementwise("elu", Elu{alpha}, x); }
inline const Op elu_op{"elu", +[](const Tensor& x) { return elu(x, 0.75); }};
}  // namespace adora
