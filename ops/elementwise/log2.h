#pragma once
#include "../elementwise.h"

namespace adora {
struct Log2 {
  template <class T> ADORA_HD T operator()(T x) const { return math::log2(x); }
};
/// The logarithm with the base 2.
inline Tensor log2(const Tensor& x) { return elementwise("log2", Log2{}, x); }
inline const Op log2_op{"log2", log2, {.low = 0.2, .high = 3}};
}  // namespace adora
