#pragma once
#include "clamp.h"
namespace adora {
struct Huber : Clamp {
  template <class T> ADORA_HD T operator()(T x) const {
    return x < T(low) || x > T(high) ? math::scale(x, x < T(0) ? low : high) - T(high * high / 2) : T(0.5) * x * x;
  }
};
/// ½x² within -delta … delta, straight lines beyond (Huber 1964, "Robust Estimation of a Location Parameter").
inline Tensor huber(const Tensor& x, double delta) { return elementwise("huber", Huber{{-delta, delta}}, x); }
inline const Op huber_op{"huber", +[](const Tensor& x) { return huber(x, 1); }};
}  // namespace adora
