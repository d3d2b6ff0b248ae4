#pragma once
#include <bit>
#include <span>

#include "../core/host_device.h"
#include "kernel.h"
#include "loops.h"
#include "math.h"

namespace adora::backends {

struct MapFunction;

/// An elementwise function on the GPU: as `map` below. There is one where the formula's file was compiled by nvcc.
using MapOnGpu = void (*)(const Tensor& out, const MapFunction& function, std::span<const Tensor> inputs);

/// A formula of one number applied to `n` numbers: out[i] = formula(in[0][i], in[1][i], …).
template <class T> using MapLoop = void (*)(const void* formula, const T* const* in, T* out, std::int64_t n);

/// An elementwise function, compiled for the types arithmetic is done in. The
/// loops see only short contiguous runs; strides, broadcasts, other dtypes and
/// threads are the business of `map`.
struct MapFunction {
  const char* name;
  const void* formula;                  ///< the object whose call operator it is; may hold parameters
  MapLoop<float> float_loop = nullptr;  ///< also serves bfloat16 and float16
  MapLoop<double> double_loop = nullptr;
  MapLoop<std::int64_t> int_loop = nullptr;  ///< null for formulas that make sense for floating numbers only
  MapOnGpu on_gpu = nullptr;                 ///< null where the formula was compiled for the CPU alone
};

namespace detail {

// What the formula calls is inlined whatever its size: a call keeps a loop from becoming vector code.
template <class F, class Given, class T, int... I>
[[gnu::flatten]] void map_loop(const void* formula, const T* const* in, T* __restrict out, std::int64_t n,
                               std::integer_sequence<int, I...>) {
  const F f(*static_cast<const Given*>(formula));
  if constexpr (std::is_same_v<T, float> && math::float_limit<F>() < std::numeric_limits<float>::infinity()) {
    // Sizes are compared as whole numbers, so that NaN is large too: the difference's sign says which is larger.
    constexpr std::uint32_t limit = std::bit_cast<std::uint32_t>(math::float_limit<F>());
    auto beyond = [&](std::int64_t i) {
      return ((limit - (std::bit_cast<std::uint32_t>(in[I][i]) & 0x7fffffffu)) | ...);
    };
    std::uint32_t any = 0;
    for (std::int64_t i = 0; i < n; ++i) any |= beyond(i);
    if (any >> 31) {
      for (std::int64_t i = 0; i < n; ++i) {
        out[i] = beyond(i) >> 31 ? static_cast<float>(f(static_cast<double>(in[I][i])...)) : f(in[I][i]...);
      }
      return;
    }
  }
  // `out` may be one of the inputs; each element is read before it is written and no other is touched.
  ADORA_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(f(in[I][i]...));
}

template <class F, class Given, int Arity, class T>
void map_entry(const void* formula, const T* const* in, T* out, std::int64_t n) {
  map_loop<F, Given>(formula, in, out, n, std::make_integer_sequence<int, Arity>());
}

}  // namespace detail

/// Whether a formula is also meant for whole numbers: it says so with
/// `static constexpr bool integers = true`.
template <class F> constexpr bool takes_integers() {
  if constexpr (requires { F::integers; }) return F::integers;
  return false;
}

}  // namespace adora::backends

// In files compiled by nvcc, or for the tests' emulator, the formula gets a GPU kernel too.
#if defined(__CUDACC__) || defined(ADORA_CUDA_EMULATOR)
#include "cuda/map_kernel.h"
#endif

namespace adora::backends {

/// The loops of F, a formula of `Arity` numbers that is made from `formula`, which must outlive the result.
template <int Arity, class F, class Given> MapFunction map_function_of(const char* name, const Given& formula) {
  MapFunction function{name, &formula, detail::map_entry<F, Given, Arity, float>,
                       detail::map_entry<F, Given, Arity, double>};
  if constexpr (takes_integers<F>()) function.int_loop = detail::map_entry<F, Given, Arity, std::int64_t>;
#if defined(__CUDACC__) || defined(ADORA_CUDA_EMULATOR)
  function.on_gpu = cuda::map_on_gpu<Arity, F, Given>;
#endif
  return function;
}
/// The loops of a formula of `Arity` numbers. `formula` must outlive the result.
template <int Arity, class F> MapFunction map_function(const char* name, const F& formula) {
  return map_function_of<Arity, F>(name, formula);
}

/// out[…] = function(inputs[0][…], …): inputs of out's shape, any strides (0 where broadcast),
/// all of one dtype; `out` of any dtype, written in any strides. `out` may be one of the inputs.
inline constinit Kernel<const Tensor& /*out*/, const MapFunction& /*function*/, std::span<const Tensor> /*inputs*/> map{
    "map"};

}  // namespace adora::backends
