#pragma once
#include "../elementwise.h"
namespace adora {
struct Threshold {
  double limit, value;
  template <class T> ADORA_HD T operator()(T x) const { return x <= T(limit) ? T(value) : x; }
};
/// x, and y where x is at most `at`.
inline Tensor threshold(const Tensor& x, double at, double y) { return elementwise("threshold", Threshold{at, y}, x); }
inline const Op threshold_op{"threshold", +[](const Tensor& x) { return threshold(x, 0.25, -1); }};
}  // namespace adora
