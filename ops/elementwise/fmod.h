#pragma once
#include "../elementwise_arguments.h"
namespace adora {
struct Fmod {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const { return math::fmod(a, b); }
};
/// a - trunc(a / b)·b, the rest of a division with a's sign, as C's fmod; of whole numbers by 0 it is 0.
inline Tensor fmod(const Tensor& a, const Tensor& b) { return elementwise("fmod", Fmod{}, a, b); }
inline Tensor fmod(const Tensor& a, double b) { return fmod(a, detail::number_like("fmod", b, a)); }
inline const Op fmod_op{"fmod", fmod, {.low = 1.05, .high = 1.3}};
}  // namespace adora
