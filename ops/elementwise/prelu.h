#pragma once
#include "../elementwise_arguments.h"
namespace adora {
struct Prelu {
  template <class T> ADORA_HD T operator()(T x, T w) const { return x > T(0) ? x : math::product(x, w); }
};
/// x where it is positive, weight·x elsewhere. The weight w has one number, or one for each channel of x [N, C, …].
inline Tensor prelu(const Tensor& x, const Tensor& w) {
  return elementwise("prelu", Prelu{}, x, detail::for_channels("prelu", w, x));
}
inline const Op prelu_op{"prelu", {}, prelu};
}  // namespace adora
