#pragma once
#include "../basic.h"
#include "parallel.h"
#include "scratch.h"

/// What is done to each plane [D, H, W] of images [N, C, D, H, W].
namespace adora::backends::cpu {

inline std::int64_t planes_of(const Tensor& x) { return x.shape()[0] * x.shape()[1]; }

/// The number of planes worth a thread, of which each takes about that many steps.
inline std::int64_t plane_grain(std::int64_t steps) {
  return std::max<std::int64_t>(1, (1 << 14) / std::max<std::int64_t>(1, steps));
}

/// x in float32, or x itself where it is of a type that arithmetic is done in; undefined where x is.
inline Tensor widened(const Tensor& x) {
  if (!x.defined() || size_of(x.dtype()) > 2) return x;
  Tensor wide = scratch_tensor(x.shape(), float32);
  copy(x, wide);
  return wide;
}

/// Calls f.template operator()<T>(y) with T float or double and y = out, or of a half type a float32 one that is then
/// copied there.
template <class F> void computed_wide(const Tensor& out, F&& f) {
  if (out.dtype() == float64) return f.template operator()<double>(out);
  if (out.dtype() == float32) return f.template operator()<float>(out);
  Tensor wide = scratch_tensor(out.shape(), float32);
  f.template operator()<float>(wide);
  copy(wide, out);
}

}  // namespace adora::backends::cpu
