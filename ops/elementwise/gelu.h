#pragma once
#include "../elementwise.h"
namespace adora {
struct Gelu {
  static constexpr int compiled_orders = 3;
  template <class T> ADORA_HD T operator()(T x) const { return math::gelu(x); }
};
/// x·Φ(x) with the normal distribution Φ (Hendrycks and Gimpel, "Gaussian error linear units", section 2).
inline Tensor gelu(const Tensor& x) { return elementwise("gelu", Gelu{}, x); }
inline const Op gelu_op{"gelu", gelu};
}  // namespace adora
