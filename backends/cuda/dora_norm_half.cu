#include "dora_norm_half.h"

#include "../basic.h"
#include "../dora.h"
#include "../gemm.h"
#include "narrow.h"
#include "packs.h"
#include "two_halves.h"

// The sum of ../dora.h from products on tensor cores, for factors a and b rounded to W's dtype:
//
//     n² = Σ W² + scale·Σ_k b∘X        X [N, r] = 2·W·aᵀ + scale·b·(a·aᵀ)
//
// a·aᵀ goes into its product as the sum of two half matrices, which hold 16 of its digits. At high ranks cuBLAS
// multiplies several times as fast as the tiles of dora_norm.cu do, and so W may be read a second time; the price is X.

namespace adora::backends::cuda {
namespace {

constexpr std::int64_t least_rank = 129;
constexpr int rows_of_a_block = 8, packed = 8;  ///< a warp has a row, a lane eight numbers of it at a time

/// W [rows, length], `stride` from row to row; a [rank, length], b [rows, rank], X and G [rank, rank] contiguous.
template <class T> struct HalfProducts {
  const T* W;
  std::int64_t stride;
  const T *a, *b;
  const float *X, *G;
  std::int64_t rows, length, rank;
  float scale;
};

/// n[j]; the formulas, and when they are not to be trusted, are those of ../dora.h.
template <class T> __global__ void norm_of_half_products_kernel(const HalfProducts<T> p, float* n) {
  const std::int64_t lane = threadIdx.x % 32;
  const std::int64_t j = static_cast<std::int64_t>(blockIdx.x) * rows_of_a_block + threadIdx.x / 32;
  if (j >= p.rows) return;  // the whole warp
  const T *row = p.W + j * p.stride, *b = p.b + j * p.rank;
  float part = 0;
#pragma unroll 4
  for (std::int64_t i = lane * packed; i < p.length; i += 32 * packed) {
    const auto eight = read<packed>(row + i, 1, 0);
#pragma unroll
    for (int k = 0; k < packed; ++k) part += eight.value[k] * eight.value[k];
  }
  float cross = 0, terms = 0, reach = 0;
  for (std::int64_t k = lane; k < p.rank; k += 32) {
    const auto factor = static_cast<float>(b[k]);
    cross += factor * p.X[j * p.rank + k];
    const float squared = factor * factor * p.G[k * p.rank + k];
    terms += squared, reach += ::sqrtf(squared);
  }
  auto whole = [](float x) { return warp_reduce(static_cast<double>(x), Plus{}); };
  const double squares = whole(part), scale = p.scale;
  double sum = squares + scale * whole(cross);
  if (!DoraTrust<float>::holds(sum, squares, scale, whole(terms), whole(reach))) {  // the same in all lanes: from V
    sum = 0;
    for (std::int64_t i = lane; i < p.length; i += 32) {
      double low = 0;
      for (std::int64_t k = 0; k < p.rank; ++k)
        low += static_cast<double>(static_cast<float>(b[k])) * static_cast<float>(p.a[k * p.length + i]);
      const double value = static_cast<float>(row[i]) + scale * low;
      sum += value * value;
    }
    sum = warp_reduce(sum, Plus{});
  }
  if (lane == 0) n[j] = static_cast<float>(::sqrt(sum));
}

}  // namespace

bool norm_of_half_products(const Tensor& W, const Tensor& A, const Tensor& B, double scale, const Tensor& n) {
  using T = bf16;  // float16 has not the range for a·aᵀ
  const std::int64_t rows = W.size(0), length = W.size(1), rank = A.size(0);
  if (W.dtype() != bfloat16 || rank < least_rank || W.numel() == 0 || W.strides()[1] != 1 ||
      W.strides()[0] % packed != 0 || length % packed != 0 || reinterpret_cast<std::uintptr_t>(W.raw()) % 16 != 0) {
    return false;
  }
  const Tensor a = as(contiguous(A), bfloat16), b = as(contiguous(B), bfloat16);
  auto fresh = [&](const Shape& shape, DType dtype) { return empty(shape, dtype, W.device()); };
  Tensor X = fresh({rows, rank}, float32), G = fresh({rank, rank}, float32);
  gemm(W, flipped(a), X, 2, 0);
  gemm(a, flipped(a), G, 1, 0);
  const Tensor halves = two_halves(G, bfloat16);
  for (std::int64_t first : {std::int64_t{0}, rank})
    gemm(b, halves.with_layout(halves.layout().sliced(0, first, first + rank)), X, scale, 1);
  const HalfProducts<T> products{W.data<T>(),     W.strides()[0], a.data<T>(), b.data<T>(), X.data<float>(),
                                 G.data<float>(), rows,           length,      rank,        static_cast<float>(scale)};
  const std::int64_t blocks = (rows + rows_of_a_block - 1) / rows_of_a_block;
  launch(norm_of_half_products_kernel<T>, dim3(static_cast<unsigned>(blocks)), 32 * rows_of_a_block, 0, products,
         n.data<float>());
  return true;
}

}  // namespace adora::backends::cuda
