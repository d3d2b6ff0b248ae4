#pragma once
#include "../elementwise.h"
namespace adora {
struct Logistic {
  template <class T> ADORA_HD T operator()(T x, T t) const {
    return math::log1p(math::exp(x > T(0) ? -x : x)) + (x > T(0) ? T(1) - t : -t) * x;
  }
};
/// -t·log σ(x) - (1 - t)·log(1 - σ(x)) of a logit x, exact however far from 0 it is.
inline Tensor logistic_loss(const Tensor& x, const Tensor& t) { return elementwise("logistic_loss", Logistic{}, x, t); }
inline const Op logistic_loss_op{"logistic_loss", logistic_loss};
}  // namespace adora
