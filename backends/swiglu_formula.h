#pragma once
#include "math.h"

/// SwiGLU of one pair of numbers, for every device.
namespace adora::backends {

struct SwiGlu {
  template <class T> ADORA_HD T operator()(T gate, T up) const { return gate * math::sigmoid(gate) * up; }
};

/// Its gradients from that of the result, with s = sigmoid(gate): dgate = g·up·s·(1 + gate·(1 - s)), dup = g·gate·s.
template <class C> struct SwiGluGradients {
  C dgate, dup;
  ADORA_HD SwiGluGradients(C gate, C up, C g) {
    const C s = math::sigmoid(gate), gs = g * s;
    dgate = gs * up * (C(1) + gate * (C(1) - s));
    dup = gs * gate;
  }
};

}  // namespace adora::backends
