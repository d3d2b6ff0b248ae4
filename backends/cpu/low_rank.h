#pragma once
#include <vector>

#include "../loops.h"
#include "../low_rank.h"
#include "dropout_mask.h"
#include "parallel.h"
#include "scratch.h"
#include "strided_rows.h"
#include "tile.h"

/// Helpers of the low-rank kernels, which go through a tall matrix in blocks that stay in the second-level cache.
namespace adora::backends::cpu {

inline constexpr std::int64_t block_rows = 96, block_columns = 512;
/// Rows of a block lie this far apart when copied, so that they don't all fall into the same sets of a cache.
inline constexpr std::int64_t block_stride = block_columns + 16;

/// m [r, K], of any strides, as rows for small_gemm: [K, R], each row k times factor[k] where there is one.
template <class C> Tensor narrow_rows(const Tensor& m, const C* factor = nullptr) {
  std::int64_t rank = m.size(0), n = m.size(1), columns = narrow_columns(rank);
  Tensor packed = scratch_tensor({n, columns}, m.dtype());
  const C* from = m.data<C>();
  C* to = packed.data<C>();
  std::int64_t across = m.strides()[0], along = m.strides()[1];
  parallel_for(n, std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(columns, 1)),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t first = begin; first < end; first += 64) {
                   std::int64_t last = std::min(first + 64, end);
                   for (std::int64_t k = 0; k < rank; ++k) {
                     for (std::int64_t i = first; i < last; ++i) to[i * columns + k] = from[k * across + i * along];
                   }
                   for (std::int64_t i = first; i < last; ++i) {
                     std::fill(to + i * columns + rank, to + (i + 1) * columns, C(0));
                     if (!factor) continue;
                     for (std::int64_t k = 0; k < rank; ++k) to[i * columns + k] *= factor[i];
                   }
                 }
               });
  return packed;
}

/// m [r, N], of any strides, with its rows side by side and padded to whole registers.
template <class C> Tensor wide_rows(const Tensor& m) {
  std::int64_t rank = m.size(0), n = m.size(1), columns = padded<C>(n);
  Tensor packed = scratch_tensor({rank, columns}, m.dtype());
  const C* from = m.data<C>();
  C* to = packed.data<C>();
  std::int64_t across = m.strides()[0], along = m.strides()[1];
  parallel_for(n, std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(rank, 1)),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t first = begin; first < end; first += 64) {
                   std::int64_t last = std::min(first + 64, end);
                   for (std::int64_t k = 0; k < rank; ++k) {
                     for (std::int64_t i = first; i < last; ++i) to[k * columns + i] = from[k * across + i * along];
                   }
                 }
               });
  for (std::int64_t k = 0; k < rank; ++k) std::fill(to + k * columns + n, to + (k + 1) * columns, C(0));
  return packed;
}

/// Calls f(row, row_end, column, column_end) for blocks of the rows begin … end of a matrix, the blocks of
/// one band of rows from left to right.
template <class F> void for_each_block(std::int64_t begin, std::int64_t end, std::int64_t columns, F&& f) {
  for (std::int64_t t = begin; t < end; t += block_rows) {
    std::int64_t t_end = std::min(t + block_rows, end);
    for (std::int64_t j = 0; j < columns; j += block_columns) f(t, t_end, j, std::min(j + block_columns, columns));
  }
}

/// Threads for `rows` rows of `columns` numbers, and the part of each.
inline std::int64_t low_rank_grain(std::int64_t columns) {
  return std::max<std::int64_t>(8, 16384 / std::max<std::int64_t>(columns, 1));
}

/// The rows t … t_end, columns j … j_end of x [.., ld] into a block; times the mask's factors where it drops anything,
/// which are also written to `factors` if that is given.
template <class C>
void copy_block(const C* x, std::int64_t ld, const DropoutMask& mask, std::int64_t t, std::int64_t t_end,
                std::int64_t j, std::int64_t j_end, C* block, C* factors = nullptr) {
  for (std::int64_t row = t; row < t_end; ++row) {
    C* to = block + (row - t) * block_stride;
    const C* from = x ? x + row * ld : nullptr;
    if (mask.p == 0) {
      std::copy(from + j, from + j_end, to);
      continue;
    }
    for_each_masked<C>(mask, row * ld + j, row * ld + j_end,
                       [&](std::int64_t first, std::int64_t count, const C* keep) {
                         std::int64_t at = first - row * ld;
                         if (from) {
                           ADORA_INDEPENDENT
                           for (std::int64_t i = 0; i < count; ++i)
                             to[at - j + i] = keep[i] == C(0) ? C(0) : from[at + i] * keep[i];
                         }
                         if (factors) std::copy(keep, keep + count, factors + (row - t) * block_stride + at - j);
                       });
  }
}

}  // namespace adora::backends::cpu
