#include "../optimizer.h"

#include <cmath>

#include "../basic.h"
#include "parallel.h"

namespace adora::backends::cpu {
namespace {

constexpr std::int64_t grain = 16384;

/// The gradient in the parameter's dtype and row by row.
Tensor matching(const Tensor& gradient, const Tensor& param) {
  if (gradient.dtype() == param.dtype() && gradient.is_contiguous()) return gradient;
  Tensor converted = empty_like(param);
  copy(gradient, converted);
  return converted;
}

template <class T>
void adamw_run(const Tensor& param, const Tensor& gradient, const Tensor& m, const Tensor& v, const AdamWStep& step) {
  T* __restrict p = param.data<T>();
  const T* __restrict g = gradient.data<T>();
  T* __restrict first = m.data<T>();
  T* __restrict second = v.data<T>();
  const T b1 = static_cast<T>(step.beta1), b2 = static_cast<T>(step.beta2);
  const T c1 = static_cast<T>(1 - step.beta1), c2 = static_cast<T>(1 - step.beta2);
  const T keep = static_cast<T>(1 - step.lr * step.weight_decay);
  const T rate = static_cast<T>(step.lr / step.correction1);
  const T root = static_cast<T>(std::sqrt(step.correction2));
  const T eps = static_cast<T>(step.eps);
  parallel_for(param.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      T mi = b1 * first[i] + c1 * g[i];
      T vi = b2 * second[i] + c2 * g[i] * g[i];
      first[i] = mi;
      second[i] = vi;
      p[i] = keep * p[i] - rate * (mi / (std::sqrt(vi) / root + eps));
    }
  });
}

template <class T>
void sgd_run(const Tensor& param, const Tensor& gradient, const Tensor& velocity, const SgdStep& step) {
  T* p = param.data<T>();
  const T* g = gradient.data<T>();
  T* past = velocity.defined() ? velocity.data<T>() : nullptr;
  const T rate = static_cast<T>(step.lr), decay = static_cast<T>(step.weight_decay);
  const T momentum = step.first ? T(0) : static_cast<T>(step.momentum);
  parallel_for(param.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      T move = g[i] + decay * p[i];
      if (past) {
        if (!step.first) move += momentum * past[i];
        past[i] = move;
      }
      p[i] -= rate * move;
    }
  });
}

void check_parts(const char* op, const Tensor& param, std::initializer_list<const Tensor*> parts) {
  check(param.dtype() == float32 || param.dtype() == float64, "{}: steps are taken in float32 or float64, not in {}",
        op, name(param.dtype()));
  check(param.is_contiguous(), "{}: the parameter {} must lie row by row", op, describe(param));
  for (const Tensor* part : parts) {
    check(part->shape() == param.shape() && part->dtype() == param.dtype() && part->is_contiguous(),
          "{}: the optimizer holds {} for the parameter {}", op, describe(*part), describe(param));
  }
}

void adamw_cpu(const Tensor& param, const Tensor& gradient, const Tensor& m, const Tensor& v, const AdamWStep& step) {
  check_parts("adamw", param, {&m, &v});
  Tensor g = matching(gradient, param);
  if (param.dtype() == float32) adamw_run<float>(param, g, m, v, step);
  else adamw_run<double>(param, g, m, v, step);
}

void sgd_cpu(const Tensor& param, const Tensor& gradient, const Tensor& velocity, const SgdStep& step) {
  if (velocity.defined()) check_parts("sgd", param, {&velocity});
  else check_parts("sgd", param, {});
  Tensor g = matching(gradient, param);
  if (param.dtype() == float32) sgd_run<float>(param, g, velocity, step);
  else sgd_run<double>(param, g, velocity, step);
}

[[maybe_unused]] const bool registered = adamw.on(DeviceType::cpu, adamw_cpu) && sgd.on(DeviceType::cpu, sgd_cpu);

}  // namespace
}  // namespace adora::backends::cpu
