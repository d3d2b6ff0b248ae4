#pragma once
#include "../math.h"
#include "attention_passes.h"
#include "device_code.h"

/// Attention in float32 or float64 on ordinary cores, for what tensor cores do not serve: every dtype, any strides, any
/// head size. Blocks of 256 threads compute tiles of 64 by 64; thread (x, y) of 16 by 16 has rows y + 16·r and columns
/// x + 16·c of them. Heads pass by 32 columns at a time; a block computes 128 columns of its result, and the grid's y
/// goes through the rest, for which scores are computed anew.
namespace adora::backends::cuda {

inline constexpr int plain_tile = 64, plain_side = 16, plain_threads = plain_side * plain_side;
inline constexpr int plain_chunk = 32, plain_slice = 128, plain_chunks = plain_slice / plain_chunk;
inline constexpr int plain_rows = plain_tile / plain_side;  // of a thread

/// A tensor [B, H, tokens, d] of any floating dtype.
struct AnyHeads {
  void* data;
  DType dtype;
  std::int64_t strides[4];

  explicit AnyHeads(const Tensor& x) : data(x.raw()), dtype(x.dtype()) {
    for (int d = 0; d < 4; ++d) strides[d] = x.strides()[d];
  }
  __device__ std::int64_t at(int b, int h, int token, int column) const {
    return b * strides[0] + h * strides[1] + token * strides[2] + column * strides[3];
  }
};

/// A block's shared memory. Rows are odd in length, so that a column's numbers lie in different banks.
template <class C> struct PlainShared {
  C a[plain_tile][plain_chunk + 1], b[plain_tile][plain_chunk + 1];
  C p[plain_tile][plain_tile + 1];
};

/// A score q·k in powers of two as the softmax sees it, capped where the rule says so.
template <class C> __device__ C plain_score(C product, const AttentionSizes& s) {
  if (s.softcap == 0) return static_cast<C>(s.scale * log2_e) * product;
  const C cap = static_cast<C>(s.softcap);
  return static_cast<C>(log2_e) * cap * math::tanh(static_cast<C>(s.scale) * product / cap);
}

/// The slope of the cap at a score that plain_score gave: 1 - tanh².
template <class C> __device__ C plain_slope(C score, const AttentionSizes& s) {
  if (s.softcap == 0) return C(1);
  const C tanh = score / static_cast<C>(s.softcap * log2_e);
  return C(1) - tanh * tanh;
}

/// A thread's part of a tile, and of 64 rows of a result's slice.
template <class C> using PlainTile = C[plain_rows][plain_rows];
template <class C> using PlainSlice = C[plain_chunks][plain_rows][plain_chunk / plain_side];

__device__ inline int plain_x() { return static_cast<int>(threadIdx.x) % plain_side; }
__device__ inline int plain_y() { return static_cast<int>(threadIdx.x) / plain_side; }

/// Tokens first … first + 64 and columns column … column + 32 of a head, zeros for those it lacks.
template <class C>
__device__ void load_plain(C (&to)[plain_tile][plain_chunk + 1], const AnyHeads& x, int b, int h, int first, int tokens,
                           int column, int d) {
  const int across = static_cast<int>(threadIdx.x) % plain_chunk, down = static_cast<int>(threadIdx.x) / plain_chunk;
  constexpr int step = plain_threads / plain_chunk;
  auto load_rows = [&](auto number) {
#pragma unroll
    for (int row = 0; row < plain_tile; row += step) {
      const bool there = first + row + down < tokens && column + across < d;
      to[row + down][across] = there ? number(x.at(b, h, first + row + down, column + across)) : C(0);
    }
  };
  // Without a switch the loads do not wait for each other.
  if (x.dtype == dtype_of<C>()) load_rows([&](std::int64_t at) { return static_cast<const C*>(x.data)[at]; });
  else load_rows([&](std::int64_t at) { return load<C>(x.data, x.dtype, at); });
}

/// tile[r][c] = Σ a[row]·b[column], of 64 rows of one head and 64 of another, d numbers each.
template <class C, class LoadA, class LoadB>
__device__ void plain_scores(PlainShared<C>& shared, int d, LoadA load_a, LoadB load_b, PlainTile<C>& tile) {
  const int x = plain_x(), y = plain_y();
#pragma unroll
  for (int r = 0; r < plain_rows; ++r) {
#pragma unroll
    for (int c = 0; c < plain_rows; ++c) tile[r][c] = C(0);
  }
  for (int column = 0; column < d; column += plain_chunk) {
    __syncthreads();  // what lay there has been read
    load_a(shared.a, column);
    load_b(shared.b, column);
    __syncthreads();
    for (int e = 0; e < plain_chunk; ++e) {
      C of_a[plain_rows], of_b[plain_rows];
#pragma unroll
      for (int r = 0; r < plain_rows; ++r) of_a[r] = shared.a[y + r * plain_side][e];
#pragma unroll
      for (int c = 0; c < plain_rows; ++c) of_b[c] = shared.b[x + c * plain_side][e];
#pragma unroll
      for (int r = 0; r < plain_rows; ++r) {
#pragma unroll
        for (int c = 0; c < plain_rows; ++c) tile[r][c] += of_a[r] * of_b[c];
      }
    }
  }
}

/// slice += P·B of 64 rows B [64, d], the slice's columns of them, or Pᵀ·B; P is a tile whose parts the threads have.
template <bool transposed, class C, class Load>
__device__ void add_plain(PlainShared<C>& shared, const PlainTile<C>& tile, int first_column, int d, Load load_b,
                          PlainSlice<C>& slice) {
  const int x = plain_x(), y = plain_y();
  __syncthreads();  // what lay in shared.p has been read
#pragma unroll
  for (int r = 0; r < plain_rows; ++r) {
#pragma unroll
    for (int c = 0; c < plain_rows; ++c) shared.p[y + r * plain_side][x + c * plain_side] = tile[r][c];
  }
#pragma unroll
  for (int chunk = 0; chunk < plain_chunks; ++chunk) {
    const int column = first_column + chunk * plain_chunk;
    if (column >= d) continue;  // all threads
    __syncthreads();
    load_b(shared.b, column);
    __syncthreads();
    for (int j = 0; j < plain_tile; ++j) {
      C of_p[plain_rows], of_b[plain_chunk / plain_side];
#pragma unroll
      for (int r = 0; r < plain_rows; ++r) {
        of_p[r] = transposed ? shared.p[j][y + r * plain_side] : shared.p[y + r * plain_side][j];
      }
#pragma unroll
      for (int c = 0; c < plain_chunk / plain_side; ++c) of_b[c] = shared.b[j][x + c * plain_side];
#pragma unroll
      for (int r = 0; r < plain_rows; ++r) {
#pragma unroll
        for (int c = 0; c < plain_chunk / plain_side; ++c) slice[chunk][r][c] += of_p[r] * of_b[c];
      }
    }
  }
}

/// Tokens first … of a head = factor(r)·slice, r the thread's row.
template <class C, class Factor>
__device__ void store_plain(const PlainSlice<C>& slice, Factor factor, const AnyHeads& to, int b, int h, int first,
                            int tokens, int first_column, int d) {
#pragma unroll
  for (int r = 0; r < plain_rows; ++r) {
    const int token = first + plain_y() + r * plain_side;
    if (token >= tokens) continue;
    const C times = factor(r);
#pragma unroll
    for (int chunk = 0; chunk < plain_chunks; ++chunk) {
#pragma unroll
      for (int c = 0; c < plain_chunk / plain_side; ++c) {
        const int column = first_column + chunk * plain_chunk + plain_x() + c * plain_side;
        if (column < d) store(to.data, to.dtype, to.at(b, h, token, column), times * slice[chunk][r][c]);
      }
    }
  }
}

/// The grid for `tokens` of each of `heads`: a block for every 64 of them and 128 of d columns.
inline dim3 plain_grid(std::int64_t tokens, std::int64_t heads, std::int64_t d) {
  const std::int64_t slices = (d + plain_slice - 1) / plain_slice;
  check(slices <= 65535, "attention: heads of {} numbers are more than the kernels for GPUs can count", d);
  return {static_cast<unsigned>((tokens + plain_tile - 1) / plain_tile * heads), static_cast<unsigned>(slices)};
}

}  // namespace adora::backends::cuda
