#pragma once
#include "../elementwise.h"

namespace adora {
struct Log10 {
  template <class T> ADORA_HD T operator()(T x) const { return math::log10(x); }
};
/// The logarithm with the base 10.
inline Tensor log10(const Tensor& x) { return elementwise("log10", Log10{}, x); }
inline const Op log10_op{"log10", log10, {.low = 0.2, .high = 3}};
}  // namespace adora
