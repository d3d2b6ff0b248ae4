#include "../optimizer.h"

#include "../basic.h"
#include "../optimizer_step.h"
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
  const AdamWNumbers<T> numbers(step);
  parallel_for(param.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
    const AdamWNumbers<T> n = numbers;
    for (std::int64_t i = begin; i < end; ++i) n.update(p[i], g[i], first[i], second[i]);
  });
}

template <class T>
void sgd_run(const Tensor& param, const Tensor& gradient, const Tensor& velocity, const SgdStep& step) {
  T* p = param.data<T>();
  const T* g = gradient.data<T>();
  T* past = velocity.defined() ? velocity.data<T>() : nullptr;
  const SgdNumbers<T> numbers(step);
  parallel_for(param.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) numbers.update(p[i], g[i], past ? past + i : nullptr);
  });
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
