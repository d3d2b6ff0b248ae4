#pragma once
#include "../elementwise_arguments.h"
namespace adora {
struct Remainder {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const { return math::remainder(a, b); }
};
/// a - floor(a / b)·b, the rest of a division with b's sign, as Python's %; of whole numbers by 0 it is 0.
inline Tensor remainder(const Tensor& a, const Tensor& b) { return elementwise("remainder", Remainder{}, a, b); }
inline Tensor remainder(const Tensor& a, double b) { return remainder(a, detail::number_like("remainder", b, a)); }
inline const Op remainder_op{"remainder", remainder, {.low = 1.05, .high = 1.3}};
}  // namespace adora
