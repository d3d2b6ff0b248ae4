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

using List = std::span<const Tensor>;

void adamw_cpu(List params, List gradients, List m, List v, std::span<const AdamWStep> steps) {
  check_parts("adamw", params, gradients, {m, v}, steps.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    Tensor g = matching(gradients[i], params[i]);
    if (g.dtype() == float32) adamw_run<float>(params[i], g, m[i], v[i], steps[i]);
    else adamw_run<double>(params[i], g, m[i], v[i], steps[i]);
  }
}

void sgd_cpu(List params, List gradients, List velocities, std::span<const SgdStep> steps) {
  if (velocities.empty()) check_parts("sgd", params, gradients, {}, steps.size());
  else check_parts("sgd", params, gradients, {velocities}, steps.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    Tensor g = matching(gradients[i], params[i]), velocity = velocities.empty() ? Tensor() : velocities[i];
    if (g.dtype() == float32) sgd_run<float>(params[i], g, velocity, steps[i]);
    else sgd_run<double>(params[i], g, velocity, steps[i]);
  }
}

[[maybe_unused]] const bool registered = adamw.on(DeviceType::cpu, adamw_cpu) && sgd.on(DeviceType::cpu, sgd_cpu);

}  // namespace
}  // namespace adora::backends::cpu
