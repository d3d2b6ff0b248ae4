#include "../gemm.h"

#include <omp.h>

#include "../basic.h"
#include "../blas_matrix.h"
#include "blas.h"
#include "parallel.h"
#include "scratch.h"

namespace adora::backends::cpu {
namespace {

constexpr std::int64_t large_product = 1 << 24;  // multiplications worth all threads
constexpr std::int64_t long_strip = 512;         // rows or columns over which what a strip packs for itself is little
constexpr std::int64_t least_shared = 1 << 18;   // multiplications of one product worth sharing
constexpr std::int64_t least_work = 1 << 15;     // multiplications worth waking a thread for

/// One product of a batch: where its matrices begin.
template <class T> struct Product {
  const T* a;
  const T* b;
  T* out;
};

/// A large product in strips of rows or columns, whichever there are more of, each a product of its own on one thread.
/// OpenBLAS's own threads wait for one another at every block of k, which costs some time on an idle machine and most
/// of it where another program takes one of the cores; a strip waits for nobody. f(product, m, n) computes one.
template <class T, class F>
void in_strips(const Product<T>& whole, const BlasMatrix& ma, const BlasMatrix& mb, const BlasMatrix& mo,
               std::int64_t m, std::int64_t n, F&& f) {
  const std::int64_t threads = omp_get_max_threads(), sides = std::max(m, n);
  const std::int64_t strips = std::max(threads, std::min(4 * threads, sides / long_strip) / threads * threads);
  // Whole multiples of what a kernel computes at once, also where there are fewer sides than threads.
  const std::int64_t length = (std::max<std::int64_t>(sides / strips, 1) + 63) / 64 * 64;
  parallel_tasks((sides + length - 1) / length, threads, [&](std::int64_t strip, std::int64_t) {
    const std::int64_t begin = strip * length, count = std::min(length, sides - begin);
    if (m >= n) {
      f({whole.a + begin * (ma.transposed ? 1 : ma.ld), whole.b, whole.out + begin * mo.ld}, count, n);
    } else {
      f({whole.a, whole.b + begin * (mb.transposed ? mb.ld : 1), whole.out + begin}, m, count);
    }
  });
}

template <class T> void run(const Tensor& a, const Tensor& b, const Tensor& out, double alpha, double beta) {
  const BlasProduct blas(a, b, out, beta, "OpenBLAS");
  const BlasMatrix &ma = blas.a, &mb = blas.b, &mo = blas.out;
  const Tensor &left = blas.left, &right = blas.right, &target = blas.target;
  std::int64_t m = out.size(-2), n = out.size(-1), k = a.size(-1);
  std::int64_t batch = 1;
  for (int d = 0; d + 2 < out.ndim(); ++d) batch *= out.shape()[d];
  const T* pa = left.data<T>();
  const T* pb = right.data<T>();
  T* po = target.data<T>();
  auto product = [&](std::int64_t i) {
    return Product<T>{pa + batch_offset(left, i), pb + batch_offset(right, i), po + batch_offset(target, i)};
  };
  // Inside a parallel region OpenBLAS runs on the calling thread alone.
  auto multiply = [&](const Product<T>& p, std::int64_t rows, std::int64_t columns) {
    blas_gemm(ma.transposed, mb.transposed, rows, columns, k, static_cast<T>(alpha), p.a, ma.ld, p.b, mb.ld,
              static_cast<T>(beta), p.out, mo.ld);
  };
  // Small products are computed one a thread; large ones are shared by all threads, unless there are plenty of them.
  std::int64_t threads = omp_get_max_threads();
  bool small = m * n < large_product / std::max<std::int64_t>(k, 1);
  if (batch >= (small ? 2 : 8 * threads)) {
    parallel_for(batch, small ? std::max<std::int64_t>(1, least_work / std::max<std::int64_t>(1, m * n * k)) : 1,
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i) multiply(product(i), m, n);
                 });
  } else if (m * n * k > least_shared && threads > 1 && !omp_in_parallel()) {
    for (std::int64_t i = 0; i < batch; ++i) in_strips(product(i), ma, mb, mo, m, n, multiply);
  } else {
    for (std::int64_t i = 0; i < batch; ++i) multiply(product(i), m, n);
  }
  blas.finish(out);
}

/// Debian's OpenBLAS has no half-precision product: widened to float32 and back.
void run_half(const Tensor& a, const Tensor& b, const Tensor& out, double alpha, double beta) {
  auto widened = [](const Tensor& x) {
    Tensor wide = scratch_tensor(x.shape(), float32);
    copy(x, wide);
    return wide;
  };
  Tensor wide_out = beta != 0 ? widened(out) : scratch_tensor(out.shape(), float32);
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

[[maybe_unused]] const bool registered =
    gemm.on(DeviceType::cpu, gemm_cpu) && gemm_bias.on(DeviceType::cpu, gemm_onto_bias);

}  // namespace
}  // namespace adora::backends::cpu
