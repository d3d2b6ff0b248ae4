#include "lapack.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "../../core/error.h"

// Fortran passes the lengths of texts after all other arguments. OpenBLAS's packages bring no header for LAPACK.
extern "C" {
void sgetrf_(const blasint*, const blasint*, float*, const blasint*, blasint*, blasint*);
void dgetrf_(const blasint*, const blasint*, double*, const blasint*, blasint*, blasint*);
void sgetri_(const blasint*, float*, const blasint*, const blasint*, float*, const blasint*, blasint*);
void dgetri_(const blasint*, double*, const blasint*, const blasint*, double*, const blasint*, blasint*);
void spotrf_(const char*, const blasint*, float*, const blasint*, blasint*, std::size_t);
void dpotrf_(const char*, const blasint*, double*, const blasint*, blasint*, std::size_t);
void sgelqf_(const blasint*, const blasint*, float*, const blasint*, float*, float*, const blasint*, blasint*);
void dgelqf_(const blasint*, const blasint*, double*, const blasint*, double*, double*, const blasint*, blasint*);
void sorglq_(const blasint*, const blasint*, const blasint*, float*, const blasint*, const float*, float*,
             const blasint*, blasint*);
void dorglq_(const blasint*, const blasint*, const blasint*, double*, const blasint*, const double*, double*,
             const blasint*, blasint*);
void sgesdd_(const char*, const blasint*, const blasint*, float*, const blasint*, float*, float*, const blasint*,
             float*, const blasint*, float*, const blasint*, blasint*, blasint*, std::size_t);
void dgesdd_(const char*, const blasint*, const blasint*, double*, const blasint*, double*, double*, const blasint*,
             double*, const blasint*, double*, const blasint*, blasint*, blasint*, std::size_t);
void ssyevd_(const char*, const char*, const blasint*, float*, const blasint*, float*, float*, const blasint*, blasint*,
             const blasint*, blasint*, std::size_t, std::size_t);
void dsyevd_(const char*, const char*, const blasint*, double*, const blasint*, double*, double*, const blasint*,
             blasint*, const blasint*, blasint*, std::size_t, std::size_t);
}

namespace adora::backends::cpu {
namespace {

/// A size of working memory, which LAPACK tells as a floating number: rounded up, since float32 has not all of them.
template <class T> blasint size_told(T size) {
  const double wanted = static_cast<double>(size) * (1 + 2 * static_cast<double>(std::numeric_limits<T>::epsilon()));
  check(wanted < static_cast<double>(std::numeric_limits<blasint>::max()),
        "LAPACK cannot address the memory that it needs for matrices of this size");
  return static_cast<blasint>(wanted) + 1;
}

/// Calls `routine(work, size, info)` to ask for the size, and with as much.
template <class T, class F> blasint with_work(F&& routine) {
  T told = 0;
  blasint info = 0;
  routine(&told, -1, &info);
  if (info != 0) return info;
  std::vector<T> work(static_cast<std::size_t>(size_told(told)));
  routine(work.data(), static_cast<blasint>(work.size()), &info);
  return info;
}

template <class T, class F> blasint getri(F routine, blasint n, T* a, const blasint* pivots) {
  return with_work<T>([&](T* work, blasint size, blasint* info) { routine(&n, a, &n, pivots, work, &size, info); });
}

template <class T, class F> blasint gelqf(F routine, blasint m, blasint n, T* a, T* tau) {
  return with_work<T>([&](T* work, blasint size, blasint* info) { routine(&m, &n, a, &m, tau, work, &size, info); });
}

template <class T, class F> blasint orglq(F routine, blasint rows, blasint n, T* a, blasint lda, const T* tau) {
  return with_work<T>(
      [&](T* work, blasint size, blasint* info) { routine(&rows, &n, &rows, a, &lda, tau, work, &size, info); });
}

template <class T, class F> blasint gesdd(F routine, blasint m, blasint n, T* a, T* s, T* u, T* vt) {
  const blasint k = std::min(m, n);
  std::vector<blasint> whole(8 * static_cast<std::size_t>(k));
  return with_work<T>([&](T* work, blasint size, blasint* info) {
    routine("S", &m, &n, a, &m, s, u, &m, vt, &k, work, &size, whole.data(), info, 1);
  });
}

template <class T, class F> blasint syevd(F routine, blasint n, T* a, T* values) {
  T told = 0;
  blasint whole_told = 0, asking = -1, info = 0;
  routine("V", "U", &n, a, &n, values, &told, &asking, &whole_told, &asking, &info, 1, 1);
  if (info != 0) return info;
  std::vector<T> work(static_cast<std::size_t>(size_told(told)));
  std::vector<blasint> whole(static_cast<std::size_t>(whole_told));
  const auto size = static_cast<blasint>(work.size());
  routine("V", "U", &n, a, &n, values, work.data(), &size, whole.data(), &whole_told, &info, 1, 1);
  return info;
}

CBLAS_UPLO side(bool upper) { return upper ? CblasUpper : CblasLower; }

}  // namespace

blasint lapack_getrf(blasint n, float* a, blasint* pivots) {
  blasint info = 0;
  sgetrf_(&n, &n, a, &n, pivots, &info);
  return info;
}
blasint lapack_getrf(blasint n, double* a, blasint* pivots) {
  blasint info = 0;
  dgetrf_(&n, &n, a, &n, pivots, &info);
  return info;
}

blasint lapack_getri(blasint n, float* a, const blasint* pivots) { return getri(sgetri_, n, a, pivots); }
blasint lapack_getri(blasint n, double* a, const blasint* pivots) { return getri(dgetri_, n, a, pivots); }

blasint lapack_potrf_upper(blasint n, float* a) {
  blasint info = 0;
  spotrf_("U", &n, a, &n, &info, 1);
  return info;
}
blasint lapack_potrf_upper(blasint n, double* a) {
  blasint info = 0;
  dpotrf_("U", &n, a, &n, &info, 1);
  return info;
}

blasint lapack_gelqf(blasint m, blasint n, float* a, float* tau) { return gelqf(sgelqf_, m, n, a, tau); }
blasint lapack_gelqf(blasint m, blasint n, double* a, double* tau) { return gelqf(dgelqf_, m, n, a, tau); }

blasint lapack_orglq(blasint rows, blasint n, float* a, blasint lda, const float* tau) {
  return orglq(sorglq_, rows, n, a, lda, tau);
}
blasint lapack_orglq(blasint rows, blasint n, double* a, blasint lda, const double* tau) {
  return orglq(dorglq_, rows, n, a, lda, tau);
}

blasint lapack_gesdd(blasint m, blasint n, float* a, float* s, float* u, float* vt) {
  return gesdd(sgesdd_, m, n, a, s, u, vt);
}
blasint lapack_gesdd(blasint m, blasint n, double* a, double* s, double* u, double* vt) {
  return gesdd(dgesdd_, m, n, a, s, u, vt);
}

blasint lapack_syevd_upper(blasint n, float* a, float* values) { return syevd(ssyevd_, n, a, values); }
blasint lapack_syevd_upper(blasint n, double* a, double* values) { return syevd(dsyevd_, n, a, values); }

void blas_trsm(bool upper, bool transposed, bool unit, blasint n, blasint k, const float* a, float* b) {
  cblas_strsm(CblasRowMajor, CblasLeft, side(upper), transposed ? CblasTrans : CblasNoTrans,
              unit ? CblasUnit : CblasNonUnit, n, k, 1, a, n, b, k);
}
void blas_trsm(bool upper, bool transposed, bool unit, blasint n, blasint k, const double* a, double* b) {
  cblas_dtrsm(CblasRowMajor, CblasLeft, side(upper), transposed ? CblasTrans : CblasNoTrans,
              unit ? CblasUnit : CblasNonUnit, n, k, 1, a, n, b, k);
}

}  // namespace adora::backends::cpu
