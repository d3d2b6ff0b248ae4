#pragma once
#include "../basic.h"
#include "../dropout.h"
#include "../gemm.h"

/// What the kernels of adapted linear layers share.
namespace adora::backends::cuda {

inline Tensor flipped(const Tensor& x) { return x.with_layout(x.layout().transposed(0, 1)); }

/// The first `count` columns.
inline Tensor columns(const Tensor& x, std::int64_t count) { return x.with_layout(x.layout().sliced(1, 0, count)); }

/// x in another dtype, or x itself.
inline Tensor as(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Tensor y = empty(x.shape(), dtype, x.device());
  copy(x, y);
  return y;
}

/// out = alpha·a·b + beta·out for matrices of mixed dtypes: where one is of a half type both are multiplied in it, with
/// sums in float32.
inline void multiply(const Tensor& a, const Tensor& b, const Tensor& out, double alpha, double beta) {
  auto half = [](const Tensor& x) { return size_of(x.dtype()) == 2; };
  const DType dtype = half(a) ? a.dtype() : half(b) ? b.dtype() : half(out) ? out.dtype() : a.dtype();
  gemm(as(a, dtype), as(b, dtype), out, alpha, beta);
}

/// x with the mask on it, or x itself.
inline Tensor dropped(const Tensor& x, const DropoutMask& mask) {
  if (mask.p == 0) return x;
  Tensor y = empty_like(x);
  dropout(x, y, mask);
  return y;
}

}  // namespace adora::backends::cuda
