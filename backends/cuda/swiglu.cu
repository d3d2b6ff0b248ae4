#include "../swiglu.h"

#include "../swiglu_formula.h"
#include "packs.h"
#include "strided_operands.h"

namespace adora::backends::cuda {
namespace {

// ---- numbers of one dtype that lie element by element, `groups` times four of them -------------------------------

template <class T>
__global__ void swiglu_fours_kernel(const Four<T>* gate, const Four<T>* up, Four<T>* out, std::int64_t groups) {
  using C = Compute<T>;
  for (std::int64_t i = global_thread(); i < groups; i += global_threads()) {
    const Four<T> a = gate[i], b = up[i];
    Four<T> result;
#pragma unroll
    for (int k = 0; k < 4; ++k) result.value[k] = T(SwiGlu()(static_cast<C>(a.value[k]), static_cast<C>(b.value[k])));
    out[i] = result;
  }
}

/// dgate or dup is null where it is not wanted.
template <class T>
__global__ void swiglu_gradient_fours_kernel(const Four<T>* gate, const Four<T>* up, const Four<T>* grad,
                                             Four<T>* dgate, Four<T>* dup, std::int64_t groups) {
  using C = Compute<T>;
  for (std::int64_t i = global_thread(); i < groups; i += global_threads()) {
    const Four<T> a = gate[i], g = grad[i];
    Four<T> b{}, for_gate, for_up;
    if (dgate) b = up[i];
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      const SwiGluGradients<C> d(static_cast<C>(a.value[k]), static_cast<C>(b.value[k]), static_cast<C>(g.value[k]));
      for_gate.value[k] = T(d.dgate), for_up.value[k] = T(d.dup);
    }
    if (dgate) dgate[i] = for_gate;
    if (dup) dup[i] = for_up;
  }
}

// ---- numbers of any dtype and strides ----------------------------------------------------------------------------

/// Operands: out, gate, up.
template <class C> __global__ void swiglu_kernel(const StridedOperands<3> x) {
  for (std::int64_t i = global_thread(); i < x.numel; i += global_threads()) {
    const C gate = load<C>(x.data[1], x.dtypes[1], x.offset(1, i)),
            up = load<C>(x.data[2], x.dtypes[2], x.offset(2, i));
    store(x.data[0], x.dtypes[0], x.offset(0, i), SwiGlu()(gate, up));
  }
}

/// Operands: dgate, gate, up, grad, dup.
template <class C> __global__ void swiglu_gradient_kernel(const StridedOperands<5> x, bool want_gate, bool want_up) {
  for (std::int64_t i = global_thread(); i < x.numel; i += global_threads()) {
    auto in = [&](int k) { return load<C>(x.data[k], x.dtypes[k], x.offset(k, i)); };
    const SwiGluGradients<C> d(in(1), in(2), in(3));
    if (want_gate) store(x.data[0], x.dtypes[0], x.offset(0, i), d.dgate);
    if (want_up) store(x.data[4], x.dtypes[4], x.offset(4, i), d.dup);
  }
}

// ---- the kernels of swiglu.h -------------------------------------------------------------------------------------

template <class T> const Four<T>* fours(const Tensor& x) { return static_cast<const Four<T>*>(x.raw()); }
template <class T> Four<T>* fours_or_null(const Tensor& x) {
  return x.defined() ? static_cast<Four<T>*>(x.raw()) : nullptr;
}

void swiglu_cuda(const Tensor& gate, const Tensor& up, const Tensor& out) {
  visit_floating("swiglu", out.dtype(), [&]<class T>() {
    using C = Compute<T>;
    const std::int64_t groups = out.numel() / 4;
    if (out.numel() == 0) return;
    if (lies_in_fours<T>(gate) && lies_in_fours<T>(up) && lies_in_fours<T>(out)) {
      launch(swiglu_fours_kernel<T>, blocks_for(groups), block_threads, 0, fours<T>(gate), fours<T>(up),
             fours_or_null<T>(out), groups);
      return;
    }
    const Tensor inputs[] = {gate, up};
    launch(swiglu_kernel<C>, blocks_for(out.numel()), block_threads, 0, StridedOperands<3>(out, inputs));
  });
}

void swiglu_gradient_cuda(const Tensor& gate, const Tensor& up, const Tensor& grad, const Tensor& dgate,
                          const Tensor& dup) {
  visit_floating("swiglu", grad.dtype(), [&]<class T>() {
    using C = Compute<T>;
    const std::int64_t groups = grad.numel() / 4;
    if (grad.numel() == 0 || (!dgate.defined() && !dup.defined())) return;
    auto fits = [](const Tensor& x) { return !x.defined() || lies_in_fours<T>(x); };
    if (fits(gate) && fits(up) && fits(grad) && fits(dgate) && fits(dup)) {
      launch(swiglu_gradient_fours_kernel<T>, blocks_for(groups), block_threads, 0, fours<T>(gate), fours<T>(up),
             fours<T>(grad), fours_or_null<T>(dgate), fours_or_null<T>(dup), groups);
      return;
    }
    // In the place of one that is not wanted stands one that is not written.
    const Tensor inputs[] = {gate, up, grad, dup.defined() ? dup : grad};
    launch(swiglu_gradient_kernel<C>, blocks_for(grad.numel()), block_threads, 0,
           StridedOperands<5>(dgate.defined() ? dgate : grad, inputs), dgate.defined(), dup.defined());
  });
}

[[maybe_unused]] const bool registered =
    swiglu.on(DeviceType::cuda, swiglu_cuda) && swiglu_gradient.on(DeviceType::cuda, swiglu_gradient_cuda);

}  // namespace
}  // namespace adora::backends::cuda
