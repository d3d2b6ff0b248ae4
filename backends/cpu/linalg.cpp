#include "../linalg.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "lapack.h"
#include "openblas_setup.h"
#include "parallel.h"

namespace adora::backends::cpu {
namespace {

constexpr std::int64_t small_side = 512;      // up to which OpenBLAS's threads wait for one another more than they save
constexpr std::int64_t least_work = 1 << 15;  // multiplications worth waking a thread for
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// OpenBLAS on this thread alone, for as long as it lives.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

/// Calls f(i) for each matrix of a batch and returns what it returns, 0 where all is well. Small ones are shared out to
/// the threads; a large one is shared by OpenBLAS's.
template <class F>
std::vector<std::int64_t> for_matrices(std::int64_t count, std::int64_t rows, std::int64_t columns, F&& f) {
  std::vector<std::int64_t> found(static_cast<std::size_t>(count), 0);
  if (count == 0) return found;
  const std::int64_t side = std::max(rows, columns), inner = std::min(rows, columns);
  check(side <= std::numeric_limits<blasint>::max(), "a matrix side of {} is beyond what LAPACK takes", side);
  std::exception_ptr error;  // which must not leave a thread
  auto each = [&](std::int64_t begin, std::int64_t end) {
    try {
      for (std::int64_t i = begin; i < end; ++i) found[static_cast<std::size_t>(i)] = f(i);
    } catch (...) {
#pragma omp critical(adora_linalg_error)
      error = std::current_exception();
    }
  };
  touch_pack_buffers();
  const bool small = side <= small_side;
  const std::int64_t work = std::max<std::int64_t>(small ? side * inner * inner : least_work, 1);
  const std::int64_t grain = std::max<std::int64_t>(1, least_work / work);
  if ((small || count >= 8 * omp_get_max_threads()) && parts_of(count, grain) > 1) {
    parallel_for(count, grain, each);
  } else if (small) {
    OneThread one;
    each(0, count);
  } else {
    each(0, count);
  }
  if (error) std::rethrow_exception(error);
  return found;
}

/// " number 3 of 5" where there are several.
std::string which(std::size_t i, std::size_t count) {
  return count == 1 ? "" : fmt::format(" number {} of {}", i, count);
}

/// An error for the first matrix of which something other than 0 was found; `what` says it, with that number.
void check_all(const char* op, const std::vector<std::int64_t>& found, fmt::string_view what) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i] == 0) continue;
    fail("{}: matrix{} {}", op, which(i, found.size()), fmt::vformat(what, fmt::make_format_args(found[i])));
  }
}

template <class F> void visit_whole(DType dtype, F&& f) {
  if (dtype == float64) f.template operator()<double>();
  else f.template operator()<float>();
}

blasint narrow(std::int64_t size) { return static_cast<blasint>(size); }

template <class T> bool all_finite(const T* numbers, std::int64_t count) {
  T sum = 0;  // 0 times anything not finite is NaN
  for (std::int64_t i = 0; i < count; ++i) sum += numbers[i] * T(0);
  return sum == T(0);
}

/// Of the lower triangle, row by row.
template <class T> bool lower_finite(const T* a, std::int64_t n) {
  bool finite = true;
  for (std::int64_t i = 0; i < n; ++i) finite = finite && all_finite(a + i * n, i + 1);
  return finite;
}

constexpr const char* is_singular = "is singular: it has no inverse, and its equations no one solution";

/// Factors one matrix; true where it is singular. One that is not finite becomes NaN: OpenBLAS finds no pivot then.
template <class T> bool factor(std::int64_t n, T* a, blasint* pivots) {
  if (all_finite(a, n * n)) return lapack_getrf(narrow(n), a, pivots) > 0;
  std::fill_n(a, n * n, static_cast<T>(not_a_number));
  for (std::int64_t j = 0; j < n; ++j) pivots[j] = narrow(j + 1);
  return false;
}

void lu_factor_cpu(const char* op, const Tensor& a, const Tensor& pivots, bool regular) {
  const std::int64_t n = a.size(-1);
  if (n == 0) return;
  visit_whole(a.dtype(), [&]<class T>() {
    const auto singular = for_matrices(a.size(0), n, n, [&](std::int64_t i) {
      std::vector<blasint> found(static_cast<std::size_t>(n));
      const bool none = factor(n, a.data<T>() + i * n * n, found.data());
      for (std::int64_t j = 0; j < n; ++j)
        pivots.data<std::int64_t>()[i * n + j] = found[static_cast<std::size_t>(j)] - 1;
      return std::int64_t{none};
    });
    if (regular) check_all(op, singular, is_singular);
  });
}

/// Exchanges rows as the pivots say, or back.
template <class T> void exchange(T* b, std::int64_t n, std::int64_t k, const std::int64_t* pivots, bool back) {
  for (std::int64_t step = 0; step < n; ++step) {
    const std::int64_t i = back ? n - 1 - step : step;
    if (pivots[i] != i) std::swap_ranges(b + i * k, b + (i + 1) * k, b + pivots[i] * k);
  }
}

void lu_solve_cpu(const Tensor& lu, const Tensor& pivots, bool transposed, const Tensor& b) {
  const std::int64_t n = lu.size(-1), k = b.size(-1);
  if (b.numel() == 0) return;
  visit_whole(b.dtype(), [&]<class T>() {
    for_matrices(b.size(0), n, k, [&](std::int64_t i) {
      const T* a = lu.data<T>() + i * n * n;
      T* x = b.data<T>() + i * n * k;
      const std::int64_t* exchanged = pivots.data<std::int64_t>() + i * n;
      // a = L·U·Pᵀ, U with ones.
      if (transposed) exchange(x, n, k, exchanged, false);
      blas_trsm(transposed, transposed, transposed, narrow(n), narrow(k), a, x);
      blas_trsm(!transposed, transposed, !transposed, narrow(n), narrow(k), a, x);
      if (!transposed) exchange(x, n, k, exchanged, true);
      return std::int64_t{0};
    });
  });
}

void lu_determinant_cpu(const Tensor& lu, const Tensor& pivots, const Tensor& determinant, const Tensor& sign,
                        const Tensor& logarithm, const Tensor& spread) {
  const std::int64_t n = lu.size(-1);
  visit_whole(lu.dtype(), [&]<class T>() {
    for (std::int64_t b = 0; b < lu.size(0); ++b) {
      T product = 1, signs = 1;
      double sum = 0, smallest = std::numeric_limits<double>::infinity(), largest = 0;
      for (std::int64_t i = 0; i < n; ++i) {
        const T pivot = lu.data<T>()[(b * n + i) * n + i];
        const T turn = pivots.data<std::int64_t>()[b * n + i] != i ? T(-1) : T(1);
        product *= turn * pivot;
        signs *= turn * (pivot > 0 ? T(1) : (pivot < 0 ? T(-1) : pivot));
        const double size = std::abs(static_cast<double>(pivot));
        sum += std::log(size);
        smallest = std::min(smallest, size), largest = std::max(largest, size);
      }
      determinant.data<T>()[b] = product;
      sign.data<T>()[b] = signs;
      logarithm.data<T>()[b] = static_cast<T>(sum);
      spread.data<T>()[b] = static_cast<T>(largest > 0 ? smallest / largest : (n > 0 ? 0 : 1));
    }
  });
}

void inverse_cpu(const char* op, const Tensor& a) {
  const std::int64_t n = a.size(-1);
  if (n == 0) return;
  visit_whole(a.dtype(), [&]<class T>() {
    const auto singular = for_matrices(a.size(0), n, n, [&](std::int64_t i) {
      std::vector<blasint> pivots(static_cast<std::size_t>(n));
      T* matrix = a.data<T>() + i * n * n;
      if (factor(n, matrix, pivots.data())) return std::int64_t{1};
      if (std::isnan(matrix[0])) return std::int64_t{0};
      return static_cast<std::int64_t>(lapack_getri(narrow(n), matrix, pivots.data()));
    });
    check_all(op, singular, is_singular);
  });
}

void cholesky_cpu(const char* op, const Tensor& a) {
  const std::int64_t n = a.size(-1);
  if (n == 0) return;
  visit_whole(a.dtype(), [&]<class T>() {
    const auto found = for_matrices(a.size(0), n, n, [&](std::int64_t b) {
      T* matrix = a.data<T>() + b * n * n;
      // What lies row by row is the transpose: its lower triangle is the upper one there.
      const std::int64_t order = lower_finite(matrix, n) ? lapack_potrf_upper(narrow(n), matrix) : -1;
      for (std::int64_t i = 0; i < n; ++i) std::fill_n(matrix + i * n + i + 1, n - i - 1, T(0));
      return order;
    });
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i] == 0) continue;
      const std::string matrix = which(i, found.size());
      check(found[i] > 0, "{}: matrix{} contains NaN or infinity", op, matrix);
      fail("{}: matrix{} is not positive definite: its leading minor of order {} is not positive", op, matrix,
           found[i]);
    }
  });
}

void solve_triangular_cpu(const char* op, const Tensor& a, bool upper, bool unit, const Tensor& b) {
  const std::int64_t n = a.size(-1), k = b.size(-1);
  if (n == 0) return;
  visit_whole(a.dtype(), [&]<class T>() {
    const auto singular = for_matrices(b.size(0), n, k, [&](std::int64_t i) {
      const T* matrix = a.data<T>() + i * n * n;
      for (std::int64_t j = 0; j < n && !unit; ++j) {
        if (matrix[j * n + j] == 0) return j + 1;
      }
      if (k > 0) blas_trsm(upper, false, unit, narrow(n), narrow(k), matrix, b.data<T>() + i * n * k);
      return std::int64_t{0};
    });
    check_all(op, singular, "is singular: number {} of its diagonal, counted from 1, is 0");
  });
}

void qr_cpu(const char* op, const Tensor& a, const Tensor& q, const Tensor& r) {
  const std::int64_t m = a.size(-2), n = a.size(-1), k = std::min(m, n);
  if (k == 0) return;
  visit_whole(a.dtype(), [&]<class T>() {
    const auto found = for_matrices(a.size(0), m, n, [&](std::int64_t b) {
      T *matrix = a.data<T>() + b * m * n, *upper = r.data<T>() + b * k * n, *columns = q.data<T>() + b * m * k;
      if (!all_finite(matrix, m * n)) {
        std::fill_n(upper, k * n, static_cast<T>(not_a_number));
        std::fill_n(columns, m * k, static_cast<T>(not_a_number));
        return std::int64_t{0};
      }
      // The transpose is L·Q, of which L is Rᵀ and Q, row by row, the wanted columns.
      std::vector<T> tau(static_cast<std::size_t>(k));
      if (blasint info = lapack_gelqf(narrow(n), narrow(m), matrix, tau.data())) return static_cast<std::int64_t>(info);
      for (std::int64_t i = 0; i < k; ++i) {
        std::fill_n(upper + i * n, i, T(0));
        std::copy_n(matrix + i * n + i, n - i, upper + i * n + i);
      }
      if (blasint info = lapack_orglq(narrow(k), narrow(m), matrix, narrow(n), tau.data()))
        return static_cast<std::int64_t>(info);
      for (std::int64_t i = 0; i < m; ++i) std::copy_n(matrix + i * n, k, columns + i * k);
      return std::int64_t{0};
    });
    check_all(op, found, "failed in LAPACK, which says {}");
  });
}

constexpr std::int64_t not_finite = -1000;
constexpr const char* without_numbers = "contains NaN or infinity";
constexpr const char* not_converged = "did not converge: LAPACK says {}";

void check_converged(const char* op, const std::vector<std::int64_t>& found) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    check(found[i] != not_finite, "{}: matrix{} {}", op, which(i, found.size()), without_numbers);
  }
  check_all(op, found, not_converged);
}

void svd_cpu(const char* op, const Tensor& a, const Tensor& u, const Tensor& s, const Tensor& vh) {
  const std::int64_t m = a.size(-2), n = a.size(-1), k = std::min(m, n);
  if (k == 0) return;
  visit_whole(a.dtype(), [&]<class T>() {
    check_converged(op, for_matrices(a.size(0), m, n, [&](std::int64_t b) {
                      T* matrix = a.data<T>() + b * m * n;
                      if (!all_finite(matrix, m * n)) return not_finite;
                      // The transpose has the same values, and the vectors change places.
                      return static_cast<std::int64_t>(lapack_gesdd(narrow(n), narrow(m), matrix, s.data<T>() + b * k,
                                                                    vh.data<T>() + b * k * n, u.data<T>() + b * m * k));
                    }));
  });
}

void eigh_cpu(const char* op, const Tensor& a, const Tensor& values) {
  const std::int64_t n = a.size(-1);
  if (n == 0) return;
  visit_whole(a.dtype(), [&]<class T>() {
    check_converged(op, for_matrices(a.size(0), n, n, [&](std::int64_t b) {
                      T* matrix = a.data<T>() + b * n * n;
                      if (!lower_finite(matrix, n)) return not_finite;
                      return static_cast<std::int64_t>(lapack_syevd_upper(narrow(n), matrix, values.data<T>() + b * n));
                    }));
  });
}

[[maybe_unused]] const bool registered =
    lu_factor.on(DeviceType::cpu, lu_factor_cpu) && lu_solve.on(DeviceType::cpu, lu_solve_cpu) &&
    lu_determinant.on(DeviceType::cpu, lu_determinant_cpu) && inverse.on(DeviceType::cpu, inverse_cpu) &&
    cholesky.on(DeviceType::cpu, cholesky_cpu) && solve_triangular.on(DeviceType::cpu, solve_triangular_cpu) &&
    qr.on(DeviceType::cpu, qr_cpu) && svd.on(DeviceType::cpu, svd_cpu) && eigh.on(DeviceType::cpu, eigh_cpu);

}  // namespace
}  // namespace adora::backends::cpu
