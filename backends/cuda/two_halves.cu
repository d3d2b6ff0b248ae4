#include "two_halves.h"

#include "strided_operands.h"

namespace adora::backends::cuda {
namespace {

/// parts [2, m.numel].
template <class T> __global__ void two_halves_kernel(const StridedOperands<1> m, T* parts) {
  for (std::int64_t i = global_thread(); i < m.numel; i += global_threads()) {
    const float value = static_cast<const float*>(m.data[0])[m.offset(0, i)];
    const T high(value);
    parts[i] = high, parts[m.numel + i] = T(value - static_cast<float>(high));
  }
}

}  // namespace

Tensor two_halves(const Tensor& m, DType half) {
  Tensor parts = empty({2 * m.size(0), m.size(1)}, half, m.device());
  const StridedOperands<1> numbers(m, {});
  auto run = [&]<class T>() {
    launch(two_halves_kernel<T>, blocks_for(numbers.numel), block_threads, 0, numbers, parts.data<T>());
  };
  if (half == bfloat16) run.template operator()<bf16>();
  else run.template operator()<f16>();
  return parts;
}

}  // namespace adora::backends::cuda
