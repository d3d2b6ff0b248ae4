#pragma once
#include "../elementwise.h"
namespace adora {
struct XLogY {
  template <class T> ADORA_HD T operator()(T x, T y) const { return x == T(0) && y <= T(0) ? T(0) : x * math::log(y); }
};
/// x·log y, and 0 with a gradient of 0 where both are 0: what a class of probability 0 adds to an entropy.
inline Tensor xlogy(const Tensor& x, const Tensor& y) { return elementwise("xlogy", XLogY{}, x, y); }
inline const Op xlogy_op{"xlogy", xlogy, {.low = 0.2, .high = 3}};
}  // namespace adora
