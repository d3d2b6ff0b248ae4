#pragma once
#include "attention_passes.h"
#include "mma.h"

/// Attention on tensor cores (Dao 2023, "FlashAttention-2", section 3): what its passes have in common. A block of four
/// warps keeps tiles of rows in shared memory; warp w computes rows 16·M·w to 16·M·(w + 1) of a product, whose numbers
/// lie in its lanes' registers as `warp_product` (mma.h) says: float c[M][columns / 8][4].
namespace adora::backends::cuda {

inline constexpr int tile_warps = 4, tile_threads = 32 * tile_warps;

/// From one row of a tile to the next: 16 bytes more than D numbers take, so that 8 rows lie in different banks.
template <int D> inline constexpr int tile_stride = D + 8;

/// The heads of a tensor [B, H, tokens, d] that lies in rows.
template <class T> struct Heads {
  T* data;
  std::int64_t batch, head, row;  ///< strides

  explicit Heads(const Tensor& x)
      : data(static_cast<T*>(x.raw())), batch(x.strides()[0]), head(x.strides()[1]), row(x.strides()[2]) {}
  __device__ T* at(int b, int h) const { return data + b * batch + h * head; }
};

/// Begins to copy rows first … first + Rows of a head to a tile; zeros stand for tokens and columns that it lacks.
template <int D, int Rows, class T>
__device__ void copy_tile(T* tile, const T* head, std::int64_t stride, int first, int tokens, int d) {
  constexpr int pieces = D / 8;  // of a row, 16 bytes each
#pragma unroll 1                 // the products need the registers
  for (int n = 0; n < Rows * pieces / tile_threads; ++n) {
    const int piece = n * tile_threads + static_cast<int>(threadIdx.x);
    const int row = piece / pieces, column = piece % pieces * 8;
    const bool there = first + row < tokens && column < d;
    const T* from = there ? head + (first + row) * stride + column : head;
    copy_async<16>(tile + row * tile_stride<D> + column, from, there);
  }
  static_assert(Rows * pieces % tile_threads == 0);
}

/// c = A·Bᵀ with a warp's own rows A [16·M, D] and B [N, D].
template <int D, int M, int N, class T>
__device__ void multiply_transposed(const T* a, const T* b, float (&c)[M][N / 8][4]) {
  constexpr int stride = tile_stride<D>;
  const int lane = static_cast<int>(threadIdx.x % 32);
  // The lane's row of the four matrices: of A, 8 rows, the 8 below, then both 8 columns on; of B, 8 rows, the same 8
  // columns on, then the 8 below.
  a += lane % 16 * stride + lane / 16 * 8;
  b += (lane / 16 * 8 + lane % 8) * stride + lane / 8 % 2 * 8;
#pragma unroll
  for (int m = 0; m < M; ++m) {
#pragma unroll
    for (int n = 0; n < N / 8; ++n) c[m][n][0] = c[m][n][1] = c[m][n][2] = c[m][n][3] = 0.0f;
  }
#pragma unroll
  for (int k = 0; k < D; k += 16) {
    unsigned of_a[M][4], of_b[4];
#pragma unroll
    for (int m = 0; m < M; ++m) load_matrices<false>(of_a[m], a + m * 16 * stride + k);
#pragma unroll
    for (int n = 0; n < N / 16; ++n) {
      load_matrices<false>(of_b, b + n * 16 * stride + k);
#pragma unroll
      for (int m = 0; m < M; ++m) {
        warp_product<T>(of_a[m], of_b[0], of_b[1], c[m][2 * n]);
        warp_product<T>(of_a[m], of_b[2], of_b[3], c[m][2 * n + 1]);
      }
    }
  }
}

/// c += P·B with a product P [16·M, N] of before, rounded to T, and B [N, D]. What lanes hold of two neighboring
/// blocks of a product's columns is what they have to hold of a left factor.
template <int D, int M, int N, class T>
__device__ void add_product(const float (&p)[M][N / 8][4], const T* b, float (&c)[M][D / 8][4]) {
  constexpr int stride = tile_stride<D>;
  const int lane = static_cast<int>(threadIdx.x % 32);
  b += lane % 16 * stride + lane / 16 * 8;  // 8 rows, the 8 below, then both 8 columns on
#pragma unroll
  for (int n = 0; n < N / 16; ++n) {
    unsigned of_p[M][4], of_b[4];
#pragma unroll
    for (int m = 0; m < M; ++m) {
      const float(&left)[4] = p[m][2 * n];
      const float(&right)[4] = p[m][2 * n + 1];
      of_p[m][0] = pack<T>(left[0], left[1]), of_p[m][1] = pack<T>(left[2], left[3]);
      of_p[m][2] = pack<T>(right[0], right[1]), of_p[m][3] = pack<T>(right[2], right[3]);
    }
#pragma unroll
    for (int column = 0; column < D / 16; ++column) {
      load_matrices<true>(of_b, b + n * 16 * stride + column * 16);
#pragma unroll
      for (int m = 0; m < M; ++m) {
        warp_product<T>(of_p[m], of_b[0], of_b[1], c[m][2 * column]);
        warp_product<T>(of_p[m], of_b[2], of_b[3], c[m][2 * column + 1]);
      }
    }
  }
}

/// Rows first … first + 16·M of a head = factor·c, by way of a warp's own rows of a tile; `factor(m, half)` is that of
/// row 16·m + 8·half + lane / 4.
template <int D, int M, class T, class Factor>
__device__ void store_rows(const float (&c)[M][D / 8][4], Factor factor, T* tile, T* head, std::int64_t stride,
                           int first, int tokens, int d) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  __syncwarp();  // the other lanes have read what lay there
#pragma unroll
  for (int m = 0; m < M; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const float times = factor(m, half);
      T* row = tile + (16 * m + 8 * half + lane / 4) * tile_stride<D> + lane % 4 * 2;
#pragma unroll
      for (int n = 0; n < D / 8; ++n) {
        const unsigned both = pack<T>(times * c[m][n][2 * half], times * c[m][n][2 * half + 1]);
        *reinterpret_cast<Two<T>*>(row + n * 8) = std::bit_cast<Two<T>>(both);
      }
    }
  }
  __syncwarp();
  struct alignas(16) Piece {
    T numbers[8];
  };
  constexpr int pieces = D / 8;
#pragma unroll 4
  for (int n = 0; n < 16 * M * pieces / 32; ++n) {
    const int row = (n * 32 + lane) / pieces, column = (n * 32 + lane) % pieces * 8;
    if (first + row >= tokens || column >= d) continue;
    *reinterpret_cast<Piece*>(head + (first + row) * stride + column) =
        *reinterpret_cast<const Piece*>(tile + row * tile_stride<D> + column);
  }
}

/// Calls f.template operator()<T, D>() for a half-precision dtype and what heads of d numbers are filled up to.
template <class F> void visit_tiles(DType dtype, std::int64_t d, F&& f) {
  auto with_size = [&]<class T>() {
    if (d <= 32) f.template operator()<T, 32>();
    else if (d <= 64) f.template operator()<T, 64>();
    else if (d <= 96) f.template operator()<T, 96>();
    else f.template operator()<T, 128>();
  };
  if (dtype == bfloat16) with_size.template operator()<bf16>();
  else with_size.template operator()<f16>();
}

}  // namespace adora::backends::cuda
