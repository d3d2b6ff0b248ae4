#pragma once
#include <algorithm>

#include "../core/tensor.h"
#include "basic.h"

/// Tensors as BLAS takes them, on any device.
namespace adora::backends {

/// A matrix as BLAS takes it: rows `ld` apart, perhaps of the transpose.
struct BlasMatrix {
  bool transposed = false;
  std::int64_t ld = 1;
};

/// Describes the last two dimensions for BLAS. False where BLAS cannot read them without a copy.
inline bool as_blas(const Tensor& x, BlasMatrix& matrix) {
  int n = x.ndim();
  std::int64_t rows = x.shape()[n - 2], columns = x.shape()[n - 1];
  std::int64_t row_stride = x.strides()[n - 2], column_stride = x.strides()[n - 1];
  if ((column_stride == 1 || columns <= 1) && (row_stride >= columns || rows <= 1)) {
    matrix = {false, std::max(row_stride, columns)};
    return true;
  }
  if ((row_stride == 1 || rows <= 1) && (column_stride >= rows || columns <= 1)) {
    matrix = {true, std::max(column_stride, rows)};
    return true;
  }
  return false;
}

/// Element offset of matrix number `index` of the batch.
inline std::int64_t batch_offset(const Tensor& x, std::int64_t index) {
  std::int64_t offset = 0;
  for (int d = x.ndim() - 3; d >= 0; --d) {
    offset += index % x.shape()[d] * x.strides()[d];
    index /= x.shape()[d];
  }
  return offset;
}

/// The tensors of out = a·b + beta·out as BLAS takes them: copies of those that it can't read or write in place.
struct BlasProduct {
  BlasMatrix a, b, out;
  Tensor left, right, target;

  /// An error naming `library` where a side is beyond its 31 bits.
  BlasProduct(const Tensor& x, const Tensor& y, const Tensor& result, double beta, const char* library) {
    left = as_blas(x, a) ? x : contiguous(x);
    right = as_blas(y, b) ? y : contiguous(y);
    target = as_blas(result, out) && !out.transposed ? result : empty_like(result);
    if (!target.is(result) && beta != 0) copy(result, target);
    as_blas(left, a), as_blas(right, b), as_blas(target, out);
    for (std::int64_t size : {result.size(-2), result.size(-1), x.size(-1), a.ld, b.ld, out.ld})
      check(size <= 0x7fffffff, "gemm: a matrix side of {} is beyond what {} takes (2^31 - 1)", size, library);
  }
  /// Puts the result where it was wanted.
  void finish(const Tensor& result) const {
    if (!target.is(result)) copy(target, result);
  }
};

}  // namespace adora::backends
