#pragma once
#include "../elementwise.h"

namespace adora {
struct Log1p {
  template <class T> ADORA_HD T operator()(T x) const { return math::log1p(x); }
};
/// log(1 + x), exact where x is small.
inline Tensor log1p(const Tensor& x) { return elementwise("log1p", Log1p{}, x); }
inline const Op log1p_op{"log1p", log1p, {.low = -0.7}};
}  // namespace adora
