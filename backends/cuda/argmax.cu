#include "../argmax.h"

#include <limits>

#include "device_code.h"

namespace adora::backends::cuda {
namespace {

/// out[r, 0] = the first place of the largest of x[r, :], or of the smallest, a block a row. x [rows, n], out [rows,
/// 1].
template <class T> __global__ void argmax_kernel(const Rows<const T> x, const Rows<std::int64_t> out, bool smallest) {
  using C = std::conditional_t<std::is_integral_v<T>, std::int64_t, Compute<T>>;
  // The smallest is the largest of what is turned round.
  auto number = [smallest](T value) {
    const C c = static_cast<C>(value);
    if constexpr (std::is_integral_v<C>) return smallest ? ~c : c;
    else return smallest ? -c : c;
  };
  for (std::int64_t r = blockIdx.x; r < x.count; r += gridDim.x) {
    const T* row = x.row(r);
    // A thread without an element stands at the first, which changes nothing.
    std::int64_t place = threadIdx.x < x.length ? threadIdx.x : 0;
    C best = number(row[place * x.stride]);
#pragma unroll 4
    for (std::int64_t i = place + blockDim.x; i < x.length; i += blockDim.x) {
      C value = number(row[i * x.stride]);
      const bool better = best == best && (value > best || value != value);
      best = better ? value : best;
      place = better ? i : place;
    }
    const C most = block_reduce(best, best, Larger());
    const bool one = best == most || (best != best && most != most);
    place = one ? place : std::numeric_limits<std::int64_t>::max();
    place = block_reduce(place, place, Smaller());
    if (threadIdx.x == 0) *out.row(r) = place;
  }
}

void argmax_cuda(const Tensor& x, const Tensor& out, bool smallest) {
  if (out.numel() == 0) return;
  unsigned threads = 32;
  while (threads < 1024 && threads * 8 < x.size(-1)) threads *= 2;
  visit(x.dtype(), [&]<class T>() {
    const Rows<const T> rows(x);
    const auto blocks = static_cast<unsigned>(rows.count < 1 << 30 ? rows.count : 1 << 30);
    launch(argmax_kernel<T>, blocks, threads, 0, rows, Rows<std::int64_t>(out), smallest);
  });
}

[[maybe_unused]] const bool registered = argmax.on(DeviceType::cuda, argmax_cuda);

}  // namespace
}  // namespace adora::backends::cuda
