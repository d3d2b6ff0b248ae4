#pragma once
#include "../elementwise.h"

namespace adora {
struct Asinh {
  template <class T> ADORA_HD T operator()(T x) const { return math::asinh(x); }
};
/// The inverse of sinh.
inline Tensor asinh(const Tensor& x) { return elementwise("asinh", Asinh{}, x); }
inline const Op asinh_op{"asinh", asinh};
}  // namespace adora
