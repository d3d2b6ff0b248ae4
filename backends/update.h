#pragma once
#include <span>
#include <utility>

#include "../core/host_device.h"
#include "kernel.h"
#include "loops.h"
#include "math.h"

namespace adora::backends {

struct UpdateFunction;

/// An optimizer's step on the GPU: as `update` below. There is one where the formula's file was compiled by nvcc.
using UpdateOnGpu = void (*)(const UpdateFunction& function, std::span<const Tensor> params,
                             std::span<const Tensor> gradients, std::span<const Tensor> kept,
                             std::span<const void* const> formulas);

/// A formula applied to `n` numbers: formula(param[i], gradient[i], kept[0][i], …), which may change all but the
/// second.
template <class T>
using UpdateLoop = void (*)(const void* formula, T* param, const T* gradient, T* const* kept, std::int64_t n);

/// The formula by which an optimizer's step changes a parameter, as loops compiled for the types it is computed in.
struct UpdateFunction {
  const char* name;
  int kept;  ///< how many numbers are kept for each of a parameter's, at most `most_kept`
  UpdateLoop<float> float_loop;
  UpdateLoop<double> double_loop;
  UpdateOnGpu on_gpu = nullptr;  ///< null where the formula was compiled for the CPU alone
};
inline constexpr int most_kept = 4;

namespace detail {

template <class F, class T, int... I>
void update_loop(const F& of_parameter, T* __restrict param, const T* __restrict gradient, T* const* kept,
                 std::int64_t n, std::integer_sequence<int, I...>) {
  const F formula = of_parameter;
  T* const own[sizeof...(I) + 1] = {kept[I]..., nullptr};
  // Each number is computed by itself: the number of threads changes nothing.
  ADORA_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) formula(param[i], gradient[i], own[I][i]...);
}

template <class F, int kept, class T>
void update_entry(const void* formula, T* param, const T* gradient, T* const* held, std::int64_t n) {
  update_loop(*static_cast<const F*>(formula), param, gradient, held, n, std::make_integer_sequence<int, kept>());
}

}  // namespace detail

/// An error where steps can't be taken for `params` with these gradients and what is kept for them.
void check_update(const UpdateFunction& function, std::span<const Tensor> params, std::span<const Tensor> gradients,
                  std::span<const Tensor> kept, std::size_t formulas);

}  // namespace adora::backends

// In files compiled by nvcc, or for the tests' emulator, the formula gets a GPU kernel too.
#if defined(__CUDACC__) || defined(ADORA_CUDA_EMULATOR)
#include "cuda/update_kernel.h"
#endif

namespace adora::backends {

/// The loops of Formula<float> and Formula<double>, which keep `kept` numbers.
template <template <class> class Formula, int kept> UpdateFunction update_function(const char* name) {
  static_assert(kept <= most_kept);
  UpdateFunction function{name, kept, detail::update_entry<Formula<float>, kept, float>,
                          detail::update_entry<Formula<double>, kept, double>};
#if defined(__CUDACC__) || defined(ADORA_CUDA_EMULATOR)
  function.on_gpu = cuda::update_on_gpu<Formula, kept>;
#endif
  return function;
}

/// A step of each of some parameters; on a GPU all in one launch, or as few as their number allows. `kept` has what is
/// kept first for each of them, then what is kept second, and so on; `formulas` a Formula<T> for each parameter of T.
/// Parameters and what is kept are float32 or float64, of one shape, and lie row by row; a gradient may lie in any
/// strides and be of another floating dtype.
inline constinit Kernel<const UpdateFunction& /*function*/, std::span<const Tensor> /*params*/,
                        std::span<const Tensor> /*gradients*/, std::span<const Tensor> /*kept*/,
                        std::span<const void* const> /*formulas*/>
    update{"update"};

}  // namespace adora::backends
