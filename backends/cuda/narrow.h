#pragma once
#include "../basic.h"
#include "../dropout.h"

/// Helpers of the kernels of adapted linear layers.
namespace adora::backends::cuda {

inline Tensor flipped(const Tensor& x) { return x.with_layout(x.layout().transposed(0, 1)); }

/// The first `count` columns.
inline Tensor columns(const Tensor& x, std::int64_t count) { return x.with_layout(x.layout().sliced(1, 0, count)); }

/// x in another dtype, or x itself. What lies column by column stays so: both sides are walked as they lie.
inline Tensor as(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  if (x.ndim() == 2 && x.strides()[0] == 1 && x.strides()[1] != 1) return flipped(as(flipped(x), dtype));
  Tensor y = empty(x.shape(), dtype, x.device());
  copy(x, y);
  return y;
}

/// x with the mask on it, or x itself.
inline Tensor dropped(const Tensor& x, const DropoutMask& mask) {
  if (mask.p == 0) return x;
  Tensor y = empty_like(x);
  dropout(x, y, mask);
  return y;
}

}  // namespace adora::backends::cuda
