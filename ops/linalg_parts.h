#pragma once
// Not in adora.h: the library's own.
#include "../core/tensor.h"

/// What the operations of linear algebra share.
namespace adora::detail {

/// An error naming `op` unless x is a batch of matrices [..., m, n] of float32 or float64, with m = n if `square`,
/// where LAPACK can reach it: on the CPU.
void check_matrix(const char* op, const Tensor& x, bool square);

/// The sizes before the last two.
Shape batch_of(const Tensor& x);
/// `batch`, and behind it two sizes, or one.
Shape with_sizes(Shape batch, std::int64_t rows, std::int64_t columns);
Shape with_size(Shape batch, std::int64_t size);

/// A copy of x [..., m, n] as [B, m, n], for kernels that work in place; not recorded.
Tensor matrices_of(const Tensor& x);

/// The n × n identity, like x in dtype and device.
Tensor identity_like(const Tensor& x, std::int64_t n);

/// The last size as a diagonal: x [..., n] times the columns of m [..., r, n], or the rows of m [..., n, r]. Recorded.
Tensor scaled_columns(const Tensor& m, const Tensor& x);
Tensor scaled_rows(const Tensor& x, const Tensor& m);

}  // namespace adora::detail
