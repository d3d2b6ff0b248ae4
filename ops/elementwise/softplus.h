#pragma once
#include "../elementwise.h"
namespace adora {
struct Softplus {
  template <class T> ADORA_HD T operator()(T x) const {
    return x > T(0) ? x + math::log1p(math::exp(-x)) : math::log1p(math::exp(x));
  }
};
/// log(1 + eˣ)
inline Tensor softplus(const Tensor& x) { return elementwise("softplus", Softplus{}, x); }
inline const Op softplus_op{"softplus", softplus};
}  // namespace adora
