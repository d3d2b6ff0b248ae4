#pragma once
#include "../elementwise.h"

namespace adora {
struct Relu6 {
  template <class T> ADORA_HD T operator()(T x) const { return x <= T(0) ? T(0) : (x >= T(6) ? T(6) : x); }
};
/// min(max(x, 0), 6); its slope at 0 and at 6 is 0.
inline Tensor relu6(const Tensor& x) { return elementwise("relu6", Relu6{}, x); }
inline const Op relu6_op{"relu6", relu6};
}  // namespace adora
