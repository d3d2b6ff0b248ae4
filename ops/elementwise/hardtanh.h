#pragma once
#include "../elementwise_arguments.h"
namespace adora {
struct Hardtanh {  // x kept within min_val a … max_val b like clamp, but its slope at these is 0
  double a, b;
  template <class T> ADORA_HD T operator()(T x) const { return x <= T(a) ? T(a) : (x >= T(b) ? T(b) : x); }
};
inline Tensor hardtanh(const Tensor& x, double a = -1, double b = 1) {
  return elementwise("hardtanh", Hardtanh{a, detail::not_below("hardtanh: max_val", b, a)}, x);
}
inline const Op hardtanh_op{"hardtanh", +[](const Tensor& x) { return hardtanh(x, -1, 0.5); }};
}  // namespace adora
