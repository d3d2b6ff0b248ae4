#pragma once
#include "../elementwise.h"

namespace adora {
struct Logit {
  double low, high;
  template <class T> ADORA_HD T operator()(T x) const { return math::logit(x, T(low), T(high)); }
};
/// log(x / (1 - x)) for x kept within eps … 1 - eps, if eps is not negative; NaN beyond 0 … 1 otherwise.
inline Tensor logit(const Tensor& x, double eps = -1) { return elementwise("logit", Logit{eps, 1 - eps}, x); }
inline const Op logit_op{"logit", +[](const Tensor& x) { return logit(x); }, {.low = 0.1, .high = 0.9}};
}  // namespace adora
