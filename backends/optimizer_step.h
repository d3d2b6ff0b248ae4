#pragma once
#include <cmath>
#include <initializer_list>
#include <span>

#include "math.h"
#include "optimizer.h"

/// One step of one number, and what a step asks of its tensors, for every device.
namespace adora::backends {

/// AdamW's numbers, rounded to the type the step is taken in.
template <class T> struct AdamWNumbers {
  T beta1, beta2, rest1, rest2, keep, rate, root, eps;

  AdamWNumbers() = default;
  explicit AdamWNumbers(const AdamWStep& step)
      : beta1(static_cast<T>(step.beta1)),
        beta2(static_cast<T>(step.beta2)),
        rest1(static_cast<T>(1 - step.beta1)),
        rest2(static_cast<T>(1 - step.beta2)),
        keep(static_cast<T>(1 - step.lr * step.weight_decay)),
        rate(static_cast<T>(step.lr / step.correction1)),
        root(static_cast<T>(std::sqrt(step.correction2))),
        eps(static_cast<T>(step.eps)) {}

  bool operator==(const AdamWNumbers&) const = default;

  ADORA_HD void update(T& param, T gradient, T& m, T& v) const {
    m = beta1 * m + rest1 * gradient;
    v = beta2 * v + rest2 * gradient * gradient;
    param = keep * param - rate * (m / (math::sqrt(v) / root + eps));
  }
};

template <class T> struct SgdNumbers {
  T rate, decay, momentum;
  bool first;

  SgdNumbers() = default;
  explicit SgdNumbers(const SgdStep& step)
      : rate(static_cast<T>(step.lr)),
        decay(static_cast<T>(step.weight_decay)),
        momentum(static_cast<T>(step.momentum)),
        first(step.first) {}

  bool operator==(const SgdNumbers&) const = default;

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

/// An error naming `op` where steps can't be taken for `params` with the gradients and what the optimizer holds.
inline void check_parts(const char* op, std::span<const Tensor> params, std::span<const Tensor> gradients,
                        std::initializer_list<std::span<const Tensor>> held, std::size_t steps) {
  check(gradients.size() == params.size() && steps == params.size(), "{}: {} parameters, {} gradients and {} steps", op,
        params.size(), gradients.size(), steps);
  for (std::span<const Tensor> parts : held)
    check(parts.size() == params.size(), "{}: the optimizer holds {} tensors for {} parameters", op, parts.size(),
          params.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    const Tensor& param = params[i];
    check(param.dtype() == float32 || param.dtype() == float64, "{}: steps are taken in float32 or float64, not in {}",
          op, name(param.dtype()));
    check(param.is_contiguous(), "{}: the parameter {} must lie row by row", op, describe(param));
    check(gradients[i].shape() == param.shape(), "{}: the gradient {} is not of the parameter {}", op,
          describe(gradients[i]), describe(param));
    for (std::span<const Tensor> parts : held)
      check(parts[i].shape() == param.shape() && parts[i].dtype() == param.dtype() && parts[i].is_contiguous(),
            "{}: the optimizer holds {} for the parameter {}", op, describe(parts[i]), describe(param));
  }
}

}  // namespace adora::backends
