#pragma once
#include "../elementwise.h"
namespace adora {
struct Gelu {
  template <class T> ADORA_HD T operator()(T x) const {
    return T(0.5) * x * (T(1) + math::erf(x * T(0.70710678118654752)));
  }
};
/// x·Φ(x) with the normal distribution Φ (Hendrycks and Gimpel, "Gaussian error linear units", section 2).
inline Tensor gelu(const Tensor& x) { return elementwise("gelu", Gelu{}, x); }
inline const Op gelu_op{"gelu", gelu};
}  // namespace adora
