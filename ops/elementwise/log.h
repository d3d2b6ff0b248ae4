#pragma once
#include "../elementwise.h"

namespace adora {
struct Log {
  template <class T> ADORA_HD T operator()(T x) const { return math::log(x); }
};
/// The natural logarithm.
inline Tensor log(const Tensor& x) { return elementwise("log", Log{}, x); }
inline const Op log_op{"log", log, {.low = 0.2, .high = 3}};
}  // namespace adora
