#pragma once
#include "../elementwise.h"
namespace adora {
struct LogAddExp {  // The difference of infinities that are the same is NaN.
  template <class T> ADORA_HD T operator()(T a, T b) const {
    return a - b != a - b ? a + b : a > b ? a + math::softplus(b - a) : b + math::softplus(a - b);
  }
};
/// log(eᵃ + eᵇ)
inline Tensor logaddexp(const Tensor& a, const Tensor& b) { return elementwise("logaddexp", LogAddExp{}, a, b); }
inline const Op logaddexp_op{"logaddexp", logaddexp};
}  // namespace adora
