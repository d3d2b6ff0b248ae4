#include "../sum_of_squares.h"

#include <algorithm>
#include <vector>

#include "../basic.h"
#include "parallel.h"
#include "scratch.h"

namespace adora::backends::cpu {
namespace {

constexpr std::int64_t grain = 16384;  ///< numbers of one part, whatever the number of threads

/// The sum of one stretch of numbers, in several sums side by side.
template <class T> double squares(const T* x, std::int64_t count) {
  constexpr int side_by_side = 16;
  double sums[side_by_side] = {};
  std::int64_t i = 0;
  for (; i + side_by_side <= count; i += side_by_side)
    for (int k = 0; k < side_by_side; ++k) sums[k] += static_cast<double>(x[i + k]) * static_cast<double>(x[i + k]);
  for (; i < count; ++i) sums[0] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  double sum = 0;
  for (double part : sums) sum += part;
  return sum;
}

template <class T> double squares(const Tensor& x) {
  const T* numbers = x.data<T>();
  const std::int64_t parts = (x.numel() + grain - 1) / grain;
  std::vector<double> sums(static_cast<std::size_t>(parts));
  parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part)
      sums[static_cast<std::size_t>(part)] = squares(numbers + part * grain, std::min(grain, x.numel() - part * grain));
  });
  double sum = 0;
  for (double part : sums) sum += part;
  return sum;
}

void sum_of_squares_cpu(std::span<const Tensor> tensors, const Tensor& total) {
  double sum = 0;
  for (const Tensor& given : tensors) {
    Tensor x = contiguous(given);
    if (size_of(x.dtype()) < 4) {
      x = scratch_tensor(given.shape(), float32);
      copy(given, x);
    }
    sum += x.dtype() == float64 ? squares<double>(x) : squares<float>(x);
  }
  *total.data<double>() = sum;
}

[[maybe_unused]] const bool registered = sum_of_squares.on(DeviceType::cpu, sum_of_squares_cpu);

}  // namespace
}  // namespace adora::backends::cpu
