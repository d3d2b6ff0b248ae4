#pragma once
#include "../map.h"
#include "packs.h"
#include "strided_operands.h"

/// Elementwise functions on the GPU: the kernels of a formula. Included by map.h where the file that has the formula is
/// compiled for the GPU, and by nothing else.
namespace adora::backends::cuda {

/// out[i] = formula(in[0][i], …) computed in C, for numbers of any dtype and strides.
template <class C, class F, int... I>
__device__ void map_element(const F& formula, const StridedOperands<1 + sizeof...(I)>& x, std::int64_t i,
                            std::integer_sequence<int, I...>) {
  C result = static_cast<C>(formula(load<C>(x.data[1 + I], x.dtypes[1 + I], x.offset(1 + I, i))...));
  store(x.data[0], x.dtypes[0], x.offset(0, i), result);
}

template <class C, class F, int Arity> __global__ void map_kernel(const F formula, const StridedOperands<1 + Arity> x) {
  for (std::int64_t i = global_thread(); i < x.numel; i += global_threads()) {
    map_element<C>(formula, x, i, std::make_integer_sequence<int, Arity>());
  }
}

template <class T, int Arity> struct MapPointers {
  T* out;
  const T* in[Arity];
};

template <class C, class T, class F, int Arity, int... I>
__device__ void map_four(const F& formula, const MapPointers<T, Arity>& x, std::int64_t i,
                         std::integer_sequence<int, I...>) {
  const Four<T> in[Arity] = {reinterpret_cast<const Four<T>*>(x.in[I])[i]...};
  Four<T> out;
#pragma unroll
  for (int k = 0; k < 4; ++k) out.value[k] = T(static_cast<C>(formula(static_cast<C>(in[I].value[k])...)));
  reinterpret_cast<Four<T>*>(x.out)[i] = out;
}

/// The same where all are of one dtype T and lie element by element, `groups` times four of them.
template <class C, class T, class F, int Arity>
__global__ void map_linear_kernel(const F formula, const MapPointers<T, Arity> x, std::int64_t groups) {
  for (std::int64_t i = global_thread(); i < groups; i += global_threads()) {
    map_four<C, T, F, Arity>(formula, x, i, std::make_integer_sequence<int, Arity>());
  }
}

template <class C, class T, class F, int Arity>
bool map_linear(const F& formula, const Tensor& out, std::span<const Tensor> inputs) {
  bool all = lies_in_fours<T>(out);
  for (const Tensor& x : inputs) all = all && lies_in_fours<T>(x);
  if (!all) return false;
  MapPointers<T, Arity> pointers{static_cast<T*>(out.raw()), {}};
  for (int k = 0; k < Arity; ++k) pointers.in[k] = static_cast<const T*>(inputs[static_cast<std::size_t>(k)].raw());
  std::int64_t groups = out.numel() / 4;
  launch(map_linear_kernel<C, T, F, Arity>, blocks_for(groups), block_threads, 0, formula, pointers, groups);
  return true;
}

template <class C, class F, int Arity>
void map_any(const F& formula, const Tensor& out, std::span<const Tensor> inputs) {
  StridedOperands<1 + Arity> operands(out, inputs);
  launch(map_kernel<C, F, Arity>, blocks_for(operands.numel), block_threads, 0, formula, operands);
}

/// As the kernel `map` promises.
template <int Arity, class F, class Given>
void map_on_gpu(const Tensor& out, const MapFunction& function, std::span<const Tensor> inputs) {
  const F formula(*static_cast<const Given*>(function.formula));
  const DType dtype = inputs[0].dtype();
  check(is_floating(dtype) || takes_integers<F>(),
        "{}: works on floating tensors, not on {}; convert with to(x, float32)", function.name, name(dtype));
  if (out.numel() == 0) return;
  if (dtype == float64) {
    map_any<double, F, Arity>(formula, out, inputs);
  } else if (is_floating(dtype)) {
    if (map_linear<float, float, F, Arity>(formula, out, inputs)) return;
    if (map_linear<float, bf16, F, Arity>(formula, out, inputs)) return;
    map_any<float, F, Arity>(formula, out, inputs);
  } else if constexpr (takes_integers<F>()) {
    map_any<std::int64_t, F, Arity>(formula, out, inputs);
  }
}

}  // namespace adora::backends::cuda
