#include "../swiglu.h"

#include "../basic.h"
#include "../swiglu_formula.h"
#include "parallel.h"

namespace adora::backends::cpu {
namespace {

constexpr std::int64_t grain = 16384;

void swiglu_cpu(const Tensor& gate, const Tensor& up, const Tensor& out) {
  Tensor a = contiguous(gate), b = contiguous(up);
  visit_floating("swiglu", out.dtype(), [&]<class T>() {
    using C = Compute<T>;
    const T* pa = a.data<T>();
    const T* pb = b.data<T>();
    T* result = out.data<T>();
    parallel_for(out.numel(), grain, [=](std::int64_t begin, std::int64_t end) {
#pragma omp simd
      for (std::int64_t i = begin; i < end; ++i) {
        result[i] = static_cast<T>(SwiGlu()(static_cast<C>(pa[i]), static_cast<C>(pb[i])));
      }
    });
  });
}

template <class T, bool for_gate, bool for_up>
void gradient(const T* gate, const T* up, const T* grad, T* dgate, T* dup, std::int64_t n) {
  using C = Compute<T>;
  parallel_for(n, grain, [=](std::int64_t begin, std::int64_t end) {
#pragma omp simd
    for (std::int64_t i = begin; i < end; ++i) {
      C with = 0;
      if constexpr (for_gate) with = static_cast<C>(up[i]);
      const SwiGluGradients<C> d(static_cast<C>(gate[i]), with, static_cast<C>(grad[i]));
      if constexpr (for_gate) dgate[i] = static_cast<T>(d.dgate);
      if constexpr (for_up) dup[i] = static_cast<T>(d.dup);
    }
  });
}

void swiglu_gradient_cpu(const Tensor& gate, const Tensor& up, const Tensor& grad, const Tensor& dgate,
                         const Tensor& dup) {
  Tensor a = contiguous(gate), b = contiguous(up), g = contiguous(grad);
  visit_floating("swiglu", grad.dtype(), [&]<class T>() {
    const T *pa = a.data<T>(), *pb = b.data<T>(), *pg = g.data<T>();
    std::int64_t n = grad.numel();
    if (dgate.defined() && dup.defined()) gradient<T, true, true>(pa, pb, pg, dgate.data<T>(), dup.data<T>(), n);
    else if (dgate.defined()) gradient<T, true, false>(pa, pb, pg, dgate.data<T>(), nullptr, n);
    else if (dup.defined()) gradient<T, false, true>(pa, pb, pg, nullptr, dup.data<T>(), n);
  });
}

[[maybe_unused]] const bool registered =
    swiglu.on(DeviceType::cpu, swiglu_cpu) && swiglu_gradient.on(DeviceType::cpu, swiglu_gradient_cpu);

}  // namespace
}  // namespace adora::backends::cpu
