#pragma once
#include "mma.h"

/// Low-rank products on tensor cores, joined with what lies tile by tile in a large half-precision matrix: what such
/// kernels have in common. A block of eight warps computes a tile [128, 128] of left·right, the rank 32 numbers at a
/// time; its factors lie in shared memory, rounded to T. Warp w has rows 32·(w / 2) … and columns 64·(w % 2) … of the
/// tile, spread over its lanes' registers as `warp_product` (mma.h) says: c[row / 16][column / 8][4].
namespace adora::backends::cuda::low_rank_tiles {

inline constexpr int warps = 8, threads = 32 * warps;
inline constexpr int tile_rows = 128, tile_columns = 128, rank_step = 32;
inline constexpr int warp_rows = 32, warp_columns = 64;
// From one row to the next: 16 bytes more than a row takes, so that 8 rows lie in different banks.
inline constexpr int tile_stride = tile_columns + 8, step_stride = rank_step + 8;
static_assert(tile_rows / warp_rows * (tile_columns / warp_columns) == warps && tile_rows == tile_columns);

using WarpTile = float[warp_rows / 16][warp_columns / 8][4];

inline std::int64_t filled_rank(std::int64_t rank) { return (rank + rank_step - 1) / rank_step * rank_step; }

inline bool on_16_bytes(const Tensor& x) { return reinterpret_cast<std::uintptr_t>(x.raw()) % 16 == 0; }

/// A thread's share of one step of a factor, on its way from memory to the tile.
struct Piece {
  float4 part[rank_step * tile_columns / 4 / threads];
};

/// Of a matrix [rows, columns] with `stride` numbers from row to row, each row on 16 bytes: the rectangle from (row,
/// column) on that is `Width` wide; zeros stand for what the matrix lacks. columns % 4 == 0.
template <int Width>
__device__ Piece read_step(const float* matrix, std::int64_t stride, int rows, int columns, int row, int column) {
  Piece piece;
#pragma unroll
  for (int i = 0; i < static_cast<int>(sizeof(Piece) / sizeof(float4)); ++i) {
    const int place = i * threads + static_cast<int>(threadIdx.x);
    const int r = row + place / (Width / 4), c = column + place % (Width / 4) * 4;
    piece.part[i] = r < rows && c < columns ? *reinterpret_cast<const float4*>(matrix + r * stride + c)
                                            : make_float4(0.0f, 0.0f, 0.0f, 0.0f);
  }
  return piece;
}

/// Rounded to T, to rows of Width + 8 numbers.
template <int Width, class T> __device__ void store_step(const Piece& piece, T* step) {
#pragma unroll
  for (int i = 0; i < static_cast<int>(sizeof(Piece) / sizeof(float4)); ++i) {
    const int place = i * threads + static_cast<int>(threadIdx.x);
    T* to = step + place / (Width / 4) * (Width + 8) + place % (Width / 4) * 4;
    const float4 x = piece.part[i];
    *reinterpret_cast<uint2*>(to) = make_uint2(pack<T>(x.x, x.y), pack<T>(x.z, x.w));
  }
}

/// c += left·right over one step of the rank: `left` is where the warp's rows of the left factor begin, `right` its
/// columns of the right one. That lies as it is, rows of tile_stride, or as its transpose, rows of step_stride.
template <bool transposed, class T>
__device__ void add_step(const T* left, int left_stride, const T* right, WarpTile& c) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  // The lane's row of the four matrices: 8 rows, the 8 below, then both 8 columns on; of a transposed right factor, 8
  // rows, the same 8 columns on, then the 8 below.
  left += lane % 16 * left_stride + lane / 16 * 8;
  right += transposed ? (lane / 16 * 8 + lane % 8) * step_stride + lane / 8 % 2 * 8
                      : lane % 16 * tile_stride + lane / 16 * 8;
#pragma unroll
  for (int k = 0; k < rank_step; k += 16) {
    unsigned of_left[warp_rows / 16][4], of_right[4];
#pragma unroll
    for (int m = 0; m < warp_rows / 16; ++m) load_matrices<false>(of_left[m], left + m * 16 * left_stride + k);
#pragma unroll
    for (int n = 0; n < warp_columns / 16; ++n) {
      if constexpr (transposed) load_matrices<false>(of_right, right + n * 16 * step_stride + k);
      else load_matrices<true>(of_right, right + k * tile_stride + n * 16);
#pragma unroll
      for (int m = 0; m < warp_rows / 16; ++m) {
        warp_product<T>(of_left[m], of_right[0], of_right[1], c[m][2 * n]);
        warp_product<T>(of_left[m], of_right[2], of_right[3], c[m][2 * n + 1]);
      }
    }
  }
}

/// Begins to copy the tile at (row, column) of a matrix [rows, columns] of T, each row on 16 bytes and columns % 8 ==
/// 0, to rows of tile_stride; zeros stand for what the matrix lacks.
template <class T>
__device__ void copy_tile(T* tile, const T* matrix, std::int64_t stride, int rows, int columns, int row, int column) {
#pragma unroll 1  // the products need the registers
  for (int i = 0; i < tile_rows * tile_columns / 8 / threads; ++i) {
    const int place = i * threads + static_cast<int>(threadIdx.x);
    const int r = place / (tile_columns / 8), c = place % (tile_columns / 8) * 8;
    const bool there = row + r < rows && column + c < columns;
    copy_async<16>(tile + r * tile_stride + c, there ? matrix + (row + r) * stride + column + c : matrix, there);
  }
  end_copy_group();
}

}  // namespace adora::backends::cuda::low_rank_tiles
