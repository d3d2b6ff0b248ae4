#include "../rope.h"

#include "../basic.h"
#include "packs.h"
#include "strided_operands.h"

namespace adora::backends::cuda {
namespace {

constexpr std::int64_t run_of_tokens = 8;  // for which a frequency is computed once

/// angles [tokens, 2, half]: the cosines and the sines, of which `sign` is the sign. In double: in float those of late
/// tokens would be off by more than a rounding.
template <class C>
__global__ void angles_kernel(C* angles, std::int64_t tokens, std::int64_t half, double theta, std::int64_t start,
                              double sign) {
  const std::int64_t runs = (tokens + run_of_tokens - 1) / run_of_tokens;
  for (std::int64_t k = global_thread(); k < runs * half; k += global_threads()) {
    const std::int64_t run = k / half, i = k - run * half, begin = run * run_of_tokens;
    const std::int64_t end = begin + run_of_tokens < tokens ? begin + run_of_tokens : tokens;
    const double frequency = ::pow(theta, -static_cast<double>(i) / static_cast<double>(half));
    for (std::int64_t t = begin; t < end; ++t) {
      const double angle = static_cast<double>(start + t) * frequency;
      angles[2 * t * half + i] = static_cast<C>(::cos(angle));
      angles[(2 * t + 1) * half + i] = static_cast<C>(sign * ::sin(angle));
    }
  }
}

/// Rows of 2·half numbers from others, which begin where `rows` says, out's and x's; row r is for token r mod `tokens`.
/// A thread turns `width` pairs.
template <class T, int width, bool interleaved>
__global__ void rope_kernel(const StridedOperands<2> rows, const Compute<T>* angles, std::int64_t tokens,
                            std::int64_t half) {
  using C = Compute<T>;
  const std::int64_t groups = half / width;
  for (std::int64_t k = global_thread(); k < rows.numel * groups; k += global_threads()) {
    const std::int64_t r = k / groups, i = (k - r * groups) * width;
    T* to = static_cast<T*>(rows.data[0]) + rows.offset(0, r);
    const T* in = static_cast<const T*>(rows.data[1]) + rows.offset(1, r);
    const C* cosines = angles + r % tokens * 2 * half + i;
    const auto cosine = *reinterpret_cast<const Pack<C, width>*>(cosines);
    const auto sine = *reinterpret_cast<const Pack<C, width>*>(cosines + half);
    // The pairs' numbers are two runs: side by side where they are interleaved, else half a row apart.
    const std::int64_t first = interleaved ? 2 * i : i, second = interleaved ? 2 * i + width : i + half;
    const auto left = *reinterpret_cast<const Pack<T, width>*>(in + first);
    const auto right = *reinterpret_cast<const Pack<T, width>*>(in + second);
    T numbers[2 * width];
#pragma unroll
    for (int c = 0; c < width; ++c) numbers[c] = left.value[c], numbers[width + c] = right.value[c];
#pragma unroll
    for (int c = 0; c < width; ++c) {
      T& one = numbers[interleaved ? 2 * c : c];
      T& other = numbers[interleaved ? 2 * c + 1 : width + c];
      const C a = static_cast<C>(one), b = static_cast<C>(other);
      one = static_cast<T>(a * cosine.value[c] - b * sine.value[c]);
      other = static_cast<T>(b * cosine.value[c] + a * sine.value[c]);
    }
    Pack<T, width> turned_left, turned_right;
#pragma unroll
    for (int c = 0; c < width; ++c) turned_left.value[c] = numbers[c], turned_right.value[c] = numbers[width + c];
    *reinterpret_cast<Pack<T, width>*>(to + first) = turned_left;
    *reinterpret_cast<Pack<T, width>*>(to + second) = turned_right;
  }
}

template <class T>
void run(const Tensor& given, const Tensor& out, double theta, std::int64_t start, bool interleaved, bool inverse) {
  using C = Compute<T>;
  const Tensor x = given.strides().back() == 1 ? given : contiguous(given);
  const std::int64_t tokens = x.size(-2), half = x.size(-1) / 2;
  Tensor angles = empty({tokens, 2, half}, dtype_of<C>(), cuda_device);
  const std::int64_t runs = (tokens + run_of_tokens - 1) / run_of_tokens;
  launch(angles_kernel<C>, blocks_for(runs * half), block_threads, 0, angles.data<C>(), tokens, half, theta, start,
         inverse ? -1.0 : 1.0);

  bool in_fours = half % 4 == 0;
  auto begins = [&](const Tensor& t) {  // without the last dimension
    Layout layout = t.layout();
    layout.shape.erase(t.ndim() - 1), layout.strides.erase(t.ndim() - 1);
    for (std::int64_t stride : layout.strides) in_fours = in_fours && stride % 4 == 0;
    in_fours = in_fours && reinterpret_cast<std::uintptr_t>(t.raw()) % alignof(Four<T>) == 0;
    return t.with_layout(layout);
  };
  const Tensor ins[] = {begins(x)};
  const StridedOperands<2> rows(begins(out), ins);
  auto turn = [&](auto kernel, std::int64_t width) {
    launch(kernel, blocks_for(rows.numel * (half / width)), block_threads, 0, rows, angles.data<C>(), tokens, half);
  };
  if (in_fours) interleaved ? turn(rope_kernel<T, 4, true>, 4) : turn(rope_kernel<T, 4, false>, 4);
  else interleaved ? turn(rope_kernel<T, 1, true>, 1) : turn(rope_kernel<T, 1, false>, 1);
}

void rope_cuda(const Tensor& x, const Tensor& out, double theta, std::int64_t start, bool interleaved, bool inverse) {
  if (x.numel() == 0) return;
  visit_floating("rope", x.dtype(), [&]<class T>() { run<T>(x, out, theta, start, interleaved, inverse); });
}

[[maybe_unused]] const bool registered = rope.on(DeviceType::cuda, rope_cuda);

}  // namespace
}  // namespace adora::backends::cuda
