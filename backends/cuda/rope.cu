#include "../rope.h"

#include <algorithm>

#include "../basic.h"
#include "packs.h"
#include "strided_operands.h"

namespace adora::backends::cuda {
namespace {

/// Frequencies of so many pairs are arguments of one kernel.
constexpr int most_frequencies = 256;
struct Frequencies {
  double of[most_frequencies];
  int count;
};

/// angles [tokens, 2, half]: the cosines times the amplitude, and the sines times `of_sines`, of the pairs from `first`
/// on. In double: in float those of late tokens would be off by more than a rounding.
template <class C>
__global__ void angles_kernel(C* angles, std::int64_t tokens, std::int64_t half, const Frequencies frequencies,
                              std::int64_t first, std::int64_t start, double amplitude, double of_sines) {
  for (std::int64_t k = global_thread(); k < tokens * frequencies.count; k += global_threads()) {
    const std::int64_t t = k / frequencies.count, i = k - t * frequencies.count;
    const double angle = static_cast<double>(start + t) * frequencies.of[i];
    angles[2 * t * half + first + i] = static_cast<C>(amplitude * ::cos(angle));
    angles[(2 * t + 1) * half + first + i] = static_cast<C>(of_sines * ::sin(angle));
  }
}

/// The first 2·half numbers of rows from others, which begin where `rows` says, out's and x's; row r is for token r mod
/// `tokens`. A thread turns `width` pairs.
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

template <class T> void run(const Tensor& given, const Tensor& out, const Rotation& rotation) {
  using C = Compute<T>;
  const Tensor x = given.strides().back() == 1 ? given : contiguous(given);
  const auto half = static_cast<std::int64_t>(rotation.frequencies.size());
  const std::int64_t tokens = x.size(-2);
  Tensor angles = empty({tokens, 2, half}, dtype_of<C>(), cuda_device);
  for (std::int64_t first = 0; first < half; first += most_frequencies) {
    Frequencies frequencies{};
    frequencies.count = static_cast<int>(std::min<std::int64_t>(most_frequencies, half - first));
    std::copy_n(rotation.frequencies.begin() + first, frequencies.count, frequencies.of);
    launch(angles_kernel<C>, blocks_for(tokens * frequencies.count), block_threads, 0, angles.data<C>(), tokens, half,
           frequencies, first, rotation.start, rotation.amplitude,
           rotation.inverse ? -rotation.amplitude : rotation.amplitude);
  }
  if (const std::int64_t d = x.size(-1); 2 * half < d) {
    auto rest = [&](const Tensor& t) { return t.with_layout(t.layout().sliced(t.ndim() - 1, 2 * half, d, 1)); };
    copy(rest(x), rest(out));
  }

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
  const bool interleaved = rotation.interleaved;
  if (in_fours) interleaved ? turn(rope_kernel<T, 4, true>, 4) : turn(rope_kernel<T, 4, false>, 4);
  else interleaved ? turn(rope_kernel<T, 1, true>, 1) : turn(rope_kernel<T, 1, false>, 1);
}

void rope_cuda(const Tensor& x, const Tensor& out, const Rotation& rotation) {
  if (x.numel() == 0) return;
  visit_floating("rope", x.dtype(), [&]<class T>() { run<T>(x, out, rotation); });
}

[[maybe_unused]] const bool registered = rope.on(DeviceType::cuda, rope_cuda);

}  // namespace
}  // namespace adora::backends::cuda
