#pragma once
#include "../elementwise.h"

namespace adora {
struct Logsigmoid {
  template <class T> ADORA_HD T operator()(T x) const { return -math::softplus(-x); }
};
/// log(sigmoid(x))
inline Tensor logsigmoid(const Tensor& x) { return elementwise("logsigmoid", Logsigmoid{}, x); }
inline const Op logsigmoid_op{"logsigmoid", logsigmoid};
}  // namespace adora
