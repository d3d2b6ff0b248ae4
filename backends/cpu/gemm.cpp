#include "../gemm.h"

#include <omp.h>

#include "../basic.h"
#include "blas.h"
#include "parallel.h"

namespace adora::backends::cpu {
namespace {

constexpr std::int64_t large_product = 1 << 24;  // multiplications worth all threads
constexpr std::int64_t least_work = 1 << 15;     // multiplications worth waking a thread for

/// A matrix as BLAS takes it: rows `ld` apart, perhaps of the transpose.
struct Matrix {
  bool transposed = false;
  std::int64_t ld = 1;
};

/// How BLAS can read the last two dimensions, if it can without a copy.
bool as_blas(const Tensor& x, Matrix& matrix) {
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
std::int64_t batch_offset(const Tensor& x, std::int64_t index) {
  std::int64_t offset = 0;
  for (int d = x.ndim() - 3; d >= 0; --d) {
    offset += index % x.shape()[d] * x.strides()[d];
    index /= x.shape()[d];
  }
  return offset;
}

template <class T> void run(const Tensor& a, const Tensor& b, const Tensor& out, double alpha, double beta) {
  Matrix ma, mb, mo;
  Tensor left = as_blas(a, ma) ? a : contiguous(a);
  Tensor right = as_blas(b, mb) ? b : contiguous(b);
  as_blas(left, ma), as_blas(right, mb);
  Tensor target = as_blas(out, mo) && !mo.transposed ? out : empty_like(out);
  if (!target.is(out) && beta != 0) copy(out, target);
  as_blas(target, mo);
  std::int64_t m = out.size(-2), n = out.size(-1), k = a.size(-1);
  std::int64_t batch = 1;
  for (int d = 0; d + 2 < out.ndim(); ++d) batch *= out.shape()[d];
  const T* pa = left.data<T>();
  const T* pb = right.data<T>();
  T* po = target.data<T>();
  auto one = [&](std::int64_t i) {
    blas_gemm(ma.transposed, mb.transposed, m, n, k, static_cast<T>(alpha), pa + batch_offset(left, i), ma.ld,
              pb + batch_offset(right, i), mb.ld, static_cast<T>(beta), po + batch_offset(target, i), mo.ld);
  };
  // Inside a parallel region OpenBLAS runs on the calling thread alone. Small products gain by that;
  // large ones are better shared by all threads, unless there are plenty of them.
  std::int64_t threads = omp_get_max_threads();
  bool small = m * n < large_product / std::max<std::int64_t>(k, 1);
  if (batch >= (small ? 2 : 8 * threads)) {
    parallel_for(batch, small ? std::max<std::int64_t>(1, least_work / std::max<std::int64_t>(1, m * n * k)) : 1,
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i) one(i);
                 });
  } else {
    for (std::int64_t i = 0; i < batch; ++i) one(i);
  }
  if (!target.is(out)) copy(target, out);
}

/// Debian's OpenBLAS has no half-precision product: widened to float32 and back.
void run_half(const Tensor& a, const Tensor& b, const Tensor& out, double alpha, double beta) {
  auto widened = [](const Tensor& x) {
    Tensor wide = empty(x.shape(), float32);
    copy(x, wide);
    return wide;
  };
  Tensor wide_out = beta != 0 ? widened(out) : empty(out.shape(), float32);
  run<float>(widened(a), widened(b), wide_out, alpha, beta);
  copy(wide_out, out);
}

void gemm_cpu(const Tensor& a, const Tensor& b, const Tensor& out, double alpha, double beta) {
  if (out.numel() == 0) return;
  switch (out.dtype()) {
    case DType::float32: return run<float>(a, b, out, alpha, beta);
    case DType::float64: return run<double>(a, b, out, alpha, beta);
    case DType::bfloat16:
    case DType::float16: return run_half(a, b, out, alpha, beta);
    default: fail("gemm: works on floating tensors, not on {}", name(out.dtype()));
  }
}

[[maybe_unused]] const bool registered = gemm.on(DeviceType::cpu, gemm_cpu);

}  // namespace
}  // namespace adora::backends::cpu
