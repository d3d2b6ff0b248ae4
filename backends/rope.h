#pragma once
#include <vector>

#include "kernel.h"

namespace adora::backends {

/// How rows x[…, t, :] are turned: pair i by the angle (start + t)·frequencies[i], backwards with `inverse`, and then
/// multiplied by the amplitude. With n frequencies the pairs are (i, i + n), or (2i, 2i + 1) where interleaved; numbers
/// from 2n on stay as they are.
struct Rotation {
  std::vector<double> frequencies;
  double amplitude = 1;
  std::int64_t start = 0;
  bool interleaved = false;
  bool inverse = false;
};

/// out: x's shape, any strides but the last, which is 1. There is a frequency at least.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/, const Rotation&> rope{"rope"};

}  // namespace adora::backends
