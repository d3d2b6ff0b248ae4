#pragma once
#include <algorithm>

#include "ops/creation.h"

/// Tensors and shapes drawn at random, for tests and benchmarks.
namespace adora {

/// A float64 tensor of numbers drawn uniformly, on the default device; the numbers are the same on every device.
inline Tensor sample_tensor(Generator& generator, const Shape& shape, double low = -2, double high = 2) {
  return to(uniform(shape, low, high, generator, float64, cpu), default_device());
}

/// Whole numbers in 0 … n - 1 (int64).
inline Tensor sample_indices(Generator& generator, const Shape& shape, std::int64_t n) {
  check(n > 0, "sample_indices: there are no indices below {}", n);
  Tensor x = empty(shape, int64, cpu);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    x.data<std::int64_t>()[i] = static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(n)));
  }
  return to(x, default_device());
}

/// A size in low … high.
inline std::int64_t sample_size(Generator& generator, std::int64_t low = 1, std::int64_t high = 4) {
  check(low <= high, "sample_size: there is no size from {} to {}", low, high);
  return low + static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(high - low + 1)));
}

/// A shape of `fewest` … `most` dimensions; now and then a size is 0, often one is 1.
inline Shape sample_shape(Generator& generator, int fewest = 0, int most = 4) {
  Shape shape = Shape::filled(static_cast<int>(sample_size(generator, fewest, most)), 1);
  // Few elements in all: numeric derivatives take two calls for each.
  std::int64_t room = 30;
  for (int d = 0; d < shape.size(); ++d) {
    shape[d] = generator.below(20) == 0 ? 0 : sample_size(generator, 1, std::min<std::int64_t>(room, 5));
    room /= std::max<std::int64_t>(shape[d], 1);
  }
  return shape;
}

/// `shape`, or one that broadcasts to it: without some of its first dimensions, others 1.
inline Shape sample_broadcastable(Generator& generator, const Shape& shape) {
  Shape result;
  const auto left_out = generator.below(2) == 0 ? 0 : sample_size(generator, 0, shape.size());
  for (int d = static_cast<int>(left_out); d < shape.size(); ++d) {
    result.push_back(generator.below(4) == 0 ? 1 : shape[d]);
  }
  return result;
}

}  // namespace adora
