#include "blas.h"

#include <cblas.h>

#include <algorithm>

#include "openblas_setup.h"

namespace adora::backends::cpu {
namespace {

CBLAS_TRANSPOSE transposed(bool yes) { return yes ? CblasTrans : CblasNoTrans; }

blasint narrow(std::int64_t size) { return static_cast<blasint>(std::max<std::int64_t>(size, 1)); }

template <class T, class Gemm>
void run(Gemm gemm, bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, T alpha, const T* a,
         std::int64_t lda, const T* b, std::int64_t ldb, T beta, T* out, std::int64_t ldo) {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) out[i * ldo + j] = beta == T(0) ? T(0) : beta * out[i * ldo + j];
    }
    return;
  }
  touch_pack_buffers();
  gemm(CblasRowMajor, transposed(ta), transposed(tb), narrow(m), narrow(n), narrow(k), alpha, a, narrow(lda), b,
       narrow(ldb), beta, out, narrow(ldo));
}

}  // namespace

void blas_gemm(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const float* a,
               std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* out, std::int64_t ldo) {
  run<float>(cblas_sgemm, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, out, ldo);
}
void blas_gemm(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, double alpha, const double* a,
               std::int64_t lda, const double* b, std::int64_t ldb, double beta, double* out, std::int64_t ldo) {
  run<double>(cblas_dgemm, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, out, ldo);
}

}  // namespace adora::backends::cpu
