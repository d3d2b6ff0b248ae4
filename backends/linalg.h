#pragma once
#include "kernel.h"

/// Factors of matrices and what is solved with them: float32 or float64, contiguous, row by row, in batches [B, …], of
/// any size down to none. What is said to be overwritten holds the input before. An error names `op`, and the matrix
/// where there are several. A matrix with NaN or infinity has factors of NaN.
namespace adora::backends {

/// a [B, n, n] is overwritten by factors of its columns exchanged: a·P = L·U with ones on U's diagonal. Column j was
/// exchanged with column pivots[j] (int64 [B, n]), for j from the front. With `regular` a singular matrix is an error.
inline constinit Kernel<const char* /*op*/, const Tensor& /*a*/, const Tensor& /*pivots*/, bool /*regular*/> lu_factor{
    "lu_factor"};

/// b [B, n, k] is overwritten by the solution x of a·x = b, or of aᵀ·x = b, from lu_factor's results.
inline constinit Kernel<const Tensor& /*lu*/, const Tensor& /*pivots*/, bool /*transposed*/, const Tensor& /*b*/>
    lu_solve{"lu_solve"};

/// From lu_factor's results det a = sign·exp(logarithm), [B] each; of a singular matrix 0, 0 and -inf. And how large
/// the smallest pivot is for the largest, which is 1 of no rows: small where the matrix is near a singular one.
inline constinit Kernel<const Tensor& /*lu*/, const Tensor& /*pivots*/, const Tensor& /*determinant*/,
                        const Tensor& /*sign*/, const Tensor& /*logarithm*/, const Tensor& /*spread*/>
    lu_determinant{"lu_determinant"};

/// a [B, n, n] is overwritten by its inverse; an error where it is singular.
inline constinit Kernel<const char* /*op*/, const Tensor& /*a*/> inverse{"inverse"};

/// a [B, n, n], symmetric, of which the lower triangle is read, is overwritten by the lower triangular L with a = L·Lᵀ;
/// an error where it is not positive definite.
inline constinit Kernel<const char* /*op*/, const Tensor& /*a*/> cholesky{"cholesky"};

/// b [B, n, k] is overwritten by the solution x of a·x = b, of a triangular a [B, n, n] of which the other triangle is
/// not read, and with `unit` neither is the diagonal, which is ones. An error where a number on the diagonal is 0.
inline constinit Kernel<const char* /*op*/, const Tensor& /*a*/, bool /*upper*/, bool /*unit*/, const Tensor& /*b*/>
    solve_triangular{"solve_triangular"};

/// a [B, m, n] = q [B, m, k]·r [B, k, n] with k = min(m, n); q's columns are orthonormal, r is upper triangular. a is
/// overwritten by nothing of use.
inline constinit Kernel<const char* /*op*/, const Tensor& /*a*/, const Tensor& /*q*/, const Tensor& /*r*/> qr{"qr"};

/// a [B, m, n] = u [B, m, k]·diag(s [B, k])·vh [B, k, n], s descending; a is overwritten by nothing of use. An error
/// where a number is not finite.
inline constinit Kernel<const char* /*op*/, const Tensor& /*a*/, const Tensor& /*u*/, const Tensor& /*s*/,
                        const Tensor& /*vh*/>
    svd{"svd"};

/// a [B, n, n], symmetric, of which the lower triangle is read, is overwritten by its eigenvectors, one in each row, in
/// the order of values [B, n], ascending. An error where a number is not finite.
inline constinit Kernel<const char* /*op*/, const Tensor& /*a*/, const Tensor& /*values*/> eigh{"eigh"};

}  // namespace adora::backends
