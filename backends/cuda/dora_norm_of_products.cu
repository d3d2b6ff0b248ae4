#include "../dora.h"

#include "../basic.h"
#include "device_code.h"

namespace adora::backends::cuda {
namespace {

/// V = W + scale·B·A for a kernel: W [N, K] of any dtype and strides, A [r, K] contiguous, B [N, r] any strides.
template <class C> struct AdaptedWeight {
  const void* W;
  DType dtype;
  std::int64_t length, along, across;  ///< K; W's strides
  const C* A;
  const C* B;
  std::int64_t rank, b_along, b_across;
  double scale;

  __device__ double b(std::int64_t j, std::int64_t k) const { return B[j * b_along + k * b_across]; }
  __device__ double v(std::int64_t j, std::int64_t i) const {
    double low = 0;
    for (std::int64_t k = 0; k < rank; ++k) low += b(j, k) * A[k * length + i];
    return load<double>(W, dtype, j * along + i * across) + scale * low;
  }
};

/// lengths[k] = ‖A_k‖, one block a row of A [r, K].
template <class C> __global__ void row_lengths_kernel(const C* A, std::int64_t length, double* lengths) {
  const C* row = A + blockIdx.x * length;
  double sum = 0;
  for (std::int64_t i = threadIdx.x; i < length; i += blockDim.x) sum += double{row[i]} * row[i];
  sum = block_sum(sum);
  if (threadIdx.x == 0) lengths[blockIdx.x] = ::sqrt(sum);
}

constexpr int norm_threads = 128, stretch = 1024;  ///< numbers of V that a block holds at once

/// n[j] and VA[j, :] of row j = the block's number; the formulas, and when they are not to be trusted, are the CPU's.
/// WA, BG [N, R]; squares [N]; lengths [r]; va [N, r] or null.
template <class C>
__global__ void dora_norm_kernel(const AdaptedWeight<C> V, const double* squares, const C* WA, const C* BG,
                                 std::int64_t columns, const double* lengths, C* n, C* va) {
  __shared__ double v[stretch];
  const std::int64_t j = blockIdx.x;
  double cross = 0, low = 0, terms = 0, reach = 0;
  for (std::int64_t k = threadIdx.x; k < V.rank; k += blockDim.x) {
    const double factor = V.b(j, k), wa = WA[j * columns + k], bg = BG[j * columns + k];
    cross += factor * wa;
    low += factor * bg;
    const double term = ::fabs(factor) * lengths[k];
    terms += term * term;
    reach += term;
    if (va) va[j * V.rank + k] = static_cast<C>(V.scale * wa + V.scale * V.scale * bg);
  }
  cross = block_sum(cross), low = block_sum(low), terms = block_sum(terms), reach = block_sum(reach);
  double sum = squares[j] + 2 * V.scale * cross + V.scale * V.scale * low;
  if (!DoraTrust<C>::holds(sum, squares[j], V.scale, terms, reach)) {  // the same in all threads: from V itself
    sum = 0;
    for (std::int64_t i = threadIdx.x; i < V.length; i += blockDim.x) {
      const double value = V.v(j, i);
      sum += value * value;
    }
    sum = block_sum(sum);
    if (va) {
      // Each thread has columns of VA of its own and goes through the row, a stretch at a time, with the others.
      for (std::int64_t first = 0; first < V.rank; first += blockDim.x) {
        const std::int64_t k = first + threadIdx.x;
        double dot = 0;
        for (std::int64_t begin = 0; begin < V.length; begin += stretch) {
          const std::int64_t count = V.length - begin < stretch ? V.length - begin : stretch;
          __syncthreads();
          for (std::int64_t i = threadIdx.x; i < count; i += blockDim.x) v[i] = V.v(j, begin + i);
          __syncthreads();
          for (std::int64_t i = 0; k < V.rank && i < count; ++i) dot += v[i] * V.A[k * V.length + begin + i];
        }
        if (k < V.rank) va[j * V.rank + k] = static_cast<C>(V.scale * dot);
      }
    }
  }
  if (threadIdx.x == 0) n[j] = static_cast<C>(::sqrt(sum));
}

template <class C>
void dora_norm_rows(const Tensor& W, const Tensor& right, const Tensor& B, double scale, const Tensor& squares,
                    const Tensor& WA, const Tensor& BG, const Tensor& n, const Tensor& VA) {
  Tensor A = contiguous(right);
  const std::int64_t rows = W.size(0), rank = A.size(0), length = A.size(1);
  if (rows == 0) return;
  Tensor lengths = empty({rank}, float64, W.device());
  launch(row_lengths_kernel<C>, dim3(static_cast<unsigned>(rank)), norm_threads, 0, A.data<C>(), length,
         lengths.data<double>());
  AdaptedWeight<C> V{W.raw(),     W.dtype(), length,         W.strides()[0], W.strides()[1], A.data<C>(),
                     B.data<C>(), rank,      B.strides()[0], B.strides()[1], scale};
  launch(dora_norm_kernel<C>, dim3(static_cast<unsigned>(rows)), norm_threads, 0, V, squares.data<double>(),
         WA.data<C>(), BG.data<C>(), WA.size(1), lengths.data<double>(), n.data<C>(),
         VA.defined() ? VA.data<C>() : nullptr);
}

void dora_norm_of_products_cuda(const Tensor& W, const Tensor& A, const Tensor& B, double scale, const Tensor& squares,
                                const Tensor& WA, const Tensor& BG, const Tensor& n, const Tensor& VA) {
  if (n.dtype() == float64) dora_norm_rows<double>(W, A, B, scale, squares, WA, BG, n, VA);
  else dora_norm_rows<float>(W, A, B, scale, squares, WA, BG, n, VA);
}

[[maybe_unused]] const bool registered = dora_norm_of_products.on(DeviceType::cuda, dora_norm_of_products_cuda);

}  // namespace
}  // namespace adora::backends::cuda
