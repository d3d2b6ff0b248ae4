#pragma once
#include "../elementwise.h"
namespace adora {
struct GeluTanh {
  static constexpr int compiled_orders = 3;
  template <class T> ADORA_HD T operator()(T x) const { return math::gelu_tanh(x); }
};
/// The approximation ½x(1 + tanh(√(2/π)(x + 0.044715x³))) of gelu (Hendrycks and Gimpel, section 2).
inline Tensor gelu_tanh(const Tensor& x) { return elementwise("gelu_tanh", GeluTanh{}, x); }
inline const Op gelu_tanh_op{"gelu_tanh", gelu_tanh};
}  // namespace adora
