#pragma once
// Not in adora.h: Adam's and AdamW's formula.
#include <cmath>

#include "optimizer_define.h"

namespace adora::detail {

/// m and v are running means of the gradient and its square; `largest` is the largest v so far (AMSGrad).
template <class T> struct AdamUpdate {
  T beta1, beta2, rest1, rest2, decay, keep, rate, root, eps;
  bool operator==(const AdamUpdate&) const = default;
  ADORA_HD void moments(T& m, T& v, T slope) const {
    m = beta1 * m + rest1 * slope;
    v = beta2 * v + rest2 * slope * slope;
  }
  ADORA_HD void move(T& param, T m, T v) const { param = keep * param - rate * (m / (math::sqrt(v) / root + eps)); }
  ADORA_HD void operator()(T& param, T gradient, T& m, T& v) const {
    moments(m, v, gradient + decay * param);
    move(param, m, v);
  }
  ADORA_HD void operator()(T& param, T gradient, T& m, T& v, T& largest) const {
    moments(m, v, gradient + decay * param);
    largest = largest < v || v != v ? v : largest;
    move(param, m, largest);
  }
};

/// Of a weight decay that is added to the gradient, or, decoupled, takes from the parameter itself.
template <class T, class Options> AdamUpdate<T> adam_update(const Options& o, const StepOf& step, bool decoupled) {
  return AdamUpdate<T>{T(o.beta1),
                       T(o.beta2),
                       T(1 - o.beta1),
                       T(1 - o.beta2),
                       T(decoupled ? 0 : step.weight_decay),
                       T(decoupled ? 1 - step.lr * step.weight_decay : 1),
                       T(step.lr / (1 - std::pow(o.beta1, step.t))),
                       T(std::sqrt(1 - std::pow(o.beta2, step.t))),
                       T(o.eps)};
}

}  // namespace adora::detail
