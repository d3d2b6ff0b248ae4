#pragma once
#include "../elementwise.h"

namespace adora {
struct Relu {
  template <class T> ADORA_HD T operator()(T x) const { return x <= T(0) ? T(0) : x; }
};
/// max(x, 0); its slope at 0 is 0.
inline Tensor relu(const Tensor& x) { return elementwise("relu", Relu{}, x); }
inline const Op relu_op{"relu", relu};
}  // namespace adora
