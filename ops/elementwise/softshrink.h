#pragma once
#include "../elementwise_arguments.h"
namespace adora {
struct Softshrink {  // x, brought nearer to 0 by lambd; 0 where |x| is at most that
  double l;
  template <class T> ADORA_HD T operator()(T x) const { return math::shrink(x, l); }
};
inline Tensor softshrink(const Tensor& x, double lambd = .5) {
  return elementwise("softshrink", Softshrink{detail::not_below("softshrink: lambd", lambd, 0)}, x);
}
inline const Op softshrink_op{"softshrink", +[](const Tensor& x) { return softshrink(x); }};
}  // namespace adora
