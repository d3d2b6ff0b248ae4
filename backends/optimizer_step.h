#pragma once
#include <cmath>
#include <initializer_list>

#include "math.h"
#include "optimizer.h"

/// One step of one number, and what a step asks of its tensors, for every device.
namespace adora::backends {

/// AdamW's numbers, rounded to the type the step is taken in.
template <class T> struct AdamWNumbers {
  T beta1, beta2, rest1, rest2, keep, rate, root, eps;

  explicit AdamWNumbers(const AdamWStep& step)
      : beta1(static_cast<T>(step.beta1)),
        beta2(static_cast<T>(step.beta2)),
        rest1(static_cast<T>(1 - step.beta1)),
        rest2(static_cast<T>(1 - step.beta2)),
        keep(static_cast<T>(1 - step.lr * step.weight_decay)),
        rate(static_cast<T>(step.lr / step.correction1)),
        root(static_cast<T>(std::sqrt(step.correction2))),
        eps(static_cast<T>(step.eps)) {}

  ADORA_HD void update(T& param, T gradient, T& m, T& v) const {
    m = beta1 * m + rest1 * gradient;
    v = beta2 * v + rest2 * gradient * gradient;
    param = keep * param - rate * (m / (math::sqrt(v) / root + eps));
  }
};

template <class T> struct SgdNumbers {
  T rate, decay, momentum;
  bool first;

  explicit SgdNumbers(const SgdStep& step)
      : rate(static_cast<T>(step.lr)),
        decay(static_cast<T>(step.weight_decay)),
        momentum(static_cast<T>(step.momentum)),
        first(step.first) {}

  /// `velocity` is null where there is none.
  ADORA_HD void update(T& param, T gradient, T* velocity) const {
    T move = gradient + decay * param;
    if (velocity) {
      // Not with a factor of 0 in the first step, when the velocity may hold anything.
      if (!first) move += momentum * *velocity;
      *velocity = move;
    }
    param -= rate * move;
  }
};

/// An error naming `op` where a step can't be taken for `param` with what the optimizer holds for it.
inline void check_parts(const char* op, const Tensor& param, std::initializer_list<const Tensor*> parts) {
  check(param.dtype() == float32 || param.dtype() == float64, "{}: steps are taken in float32 or float64, not in {}",
        op, name(param.dtype()));
  check(param.is_contiguous(), "{}: the parameter {} must lie row by row", op, describe(param));
  for (const Tensor* part : parts) {
    check(part->shape() == param.shape() && part->dtype() == param.dtype() && part->is_contiguous(),
          "{}: the optimizer holds {} for the parameter {}", op, describe(*part), describe(param));
  }
}

}  // namespace adora::backends
