#include "../dropout.h"

#include "packs.h"

namespace adora::backends::cuda {
namespace {

/// out[i] = x[i]·scale or 0 for n elements. A thread takes four at a time, which one block of Philox decides on. `x`
/// and `out` may be one.
template <class T, bool whole>
__global__ void dropout_kernel(const T* x, T* out, std::int64_t n, const DropoutMask mask, Compute<T> scale) {
  using C = Compute<T>;
  const std::uint64_t threshold = mask.threshold(), first = mask.first_block();
  for (std::int64_t i = global_thread(); i < (n + 3) / 4; i += global_threads()) {
    const Philox random(mask.seed, first + static_cast<std::uint64_t>(i), mask.stream);
    const int count = whole || n - 4 * i >= 4 ? 4 : static_cast<int>(n - 4 * i);
    Four<T> numbers{};
    if constexpr (whole) {
      numbers = reinterpret_cast<const Four<T>*>(x)[i];
    } else {
      for (int k = 0; k < count; ++k) numbers.value[k] = x[4 * i + k];
    }
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      // Not a product alone: what is dropped is 0 even where x is infinite.
      const bool kept = random.word[k] >= threshold;
      numbers.value[k] = T(kept && scale != C(0) ? static_cast<C>(numbers.value[k]) * scale : C(0));
    }
    if constexpr (whole) {
      reinterpret_cast<Four<T>*>(out)[i] = numbers;
    } else {
      for (int k = 0; k < count; ++k) out[4 * i + k] = numbers.value[k];
    }
  }
}

void dropout_cuda(const Tensor& x, const Tensor& out, const DropoutMask& mask) {
  const std::int64_t n = x.numel();
  visit_floating("dropout", x.dtype(), [&]<class T>() {
    auto run = [&](auto kernel) {
      launch(kernel, blocks_for((n + 3) / 4), block_threads, 0, static_cast<const T*>(x.raw()),
             static_cast<T*>(out.raw()), n, mask, static_cast<Compute<T>>(mask.scale()));
    };
    if (lies_in_fours<T>(x) && lies_in_fours<T>(out)) run(dropout_kernel<T, true>);
    else run(dropout_kernel<T, false>);
  });
}

[[maybe_unused]] const bool registered = dropout.on(DeviceType::cuda, dropout_cuda);

}  // namespace
}  // namespace adora::backends::cuda
