#pragma once
#include <cblas.h>

/// The routines of LAPACK that are used, as OpenBLAS has them, for float and double. Matrices lie column by column
/// there: one that lies row by row is its transpose. Each returns `info`: 0, or what went wrong. Sides are above 0.
namespace adora::backends::cpu {

/// a [n, n] = P·L·U in place; pivots are counted from 1. info > 0: that number of U's diagonal is 0.
blasint lapack_getrf(blasint n, float* a, blasint* pivots);
blasint lapack_getrf(blasint n, double* a, blasint* pivots);

/// The inverse of a matrix in place, from getrf's results.
blasint lapack_getri(blasint n, float* a, const blasint* pivots);
blasint lapack_getri(blasint n, double* a, const blasint* pivots);

/// Cholesky's factor in the upper triangle of a, in place, which is all that is read: a = Uᵀ·U. info > 0: the leading
/// minor of that order is not positive.
blasint lapack_potrf_upper(blasint n, float* a);
blasint lapack_potrf_upper(blasint n, double* a);

/// a [m, n] = L·Q: gelqf leaves L in the lower triangle of a, and orglq makes of what it leaves above, with its tau
/// [min(m, n)], the first `rows` rows of Q, in place.
blasint lapack_gelqf(blasint m, blasint n, float* a, float* tau);
blasint lapack_gelqf(blasint m, blasint n, double* a, double* tau);
blasint lapack_orglq(blasint rows, blasint n, float* a, blasint lda, const float* tau);
blasint lapack_orglq(blasint rows, blasint n, double* a, blasint lda, const double* tau);

/// a [m, n] = u [m, k]·diag(s)·vt [k, n]; a is overwritten.
blasint lapack_gesdd(blasint m, blasint n, float* a, float* s, float* u, float* vt);
blasint lapack_gesdd(blasint m, blasint n, double* a, double* s, double* u, double* vt);

/// Eigenvalues, ascending, and in a's columns the eigenvectors of a symmetric matrix, of which the upper triangle is
/// read.
blasint lapack_syevd_upper(blasint n, float* a, float* values);
blasint lapack_syevd_upper(blasint n, double* a, double* values);

/// b [n, k], row by row, becomes the solution x of a·x = b (or aᵀ·x = b): a triangular and row by row.
void blas_trsm(bool upper, bool transposed, bool unit, blasint n, blasint k, const float* a, float* b);
void blas_trsm(bool upper, bool transposed, bool unit, blasint n, blasint k, const double* a, double* b);

}  // namespace adora::backends::cpu
