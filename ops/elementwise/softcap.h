#pragma once
#include "../elementwise_arguments.h"
namespace adora {
struct Softcap {  // cap·tanh(x / cap) (Gemma 2, 2024): nearly x where that is small, and never beyond the cap
  double cap, inverse;
  template <class T> ADORA_HD T operator()(T x) const { return T(cap) * math::tanh(T(inverse) * x); }
};
inline Tensor softcap(const Tensor& x, double cap = 1) {
  return elementwise("softcap", Softcap{detail::not_0("softcap: cap", cap), 1 / cap}, x);
}
inline const Op softcap_op{"softcap", +[](const Tensor& x) { return softcap(x, 0.75); }};
}  // namespace adora
