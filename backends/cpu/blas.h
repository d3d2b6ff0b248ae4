#pragma once
#include <cstdint>

namespace adora::backends::cpu {

/// out[m, n] = alpha·op(a)·op(b) + beta·out, row-major, on OpenBLAS; `lda` and so on
/// are the distances between rows as stored. Sizes of 0 are allowed, none may exceed 2^31 - 1.
void blas_gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, float alpha,
               const float* a, std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* out,
               std::int64_t ldo);
void blas_gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, double alpha,
               const double* a, std::int64_t lda, const double* b, std::int64_t ldb, double beta, double* out,
               std::int64_t ldo);

}  // namespace adora::backends::cpu
