#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "../loops.h"
#include "vector_bytes.h"

/// Products of small matrices that lie in the first two caches, where calling BLAS would
/// cost as much as the product.
namespace adora::backends::cpu {

inline constexpr int tile_rows = vector_bytes == 64 ? 8 : 4;
inline constexpr int tile_vectors = 3;

/// As many numbers as one register holds.
template <class C> inline constexpr std::int64_t lanes = vector_bytes / static_cast<std::int64_t>(sizeof(C));

/// n rounded up to whole registers.
template <class C> constexpr std::int64_t padded(std::int64_t n) { return (n + lanes<C> - 1) / lanes<C> * lanes<C>; }

namespace detail {

template <class C> struct Vector { typedef C type __attribute__((vector_size(vector_bytes))); };

/// out[R, V registers] = or += a[R, k]·b[k, V registers], with the sums kept in registers. What is there is added last:
/// a long sum made of many such products loses none of the numbers that are small beside it.
template <class C, int R, int V>
inline void tile(std::int64_t k, const C* a, std::int64_t a_row, std::int64_t a_column, const C* b, std::int64_t ldb,
                 C* out, std::int64_t ldo, bool add) {
  using Register = typename Vector<C>::type;
  Register sum[R][V];
  ADORA_UNROLL(8)
  for (int r = 0; r < R; ++r) {
    ADORA_UNROLL(4)
    for (int v = 0; v < V; ++v) sum[r][v] = Register{};
  }
  for (std::int64_t p = 0; p < k; ++p) {
    Register right[V];
    ADORA_UNROLL(4)
    for (int v = 0; v < V; ++v) std::memcpy(&right[v], b + p * ldb + v * lanes<C>, sizeof(Register));
    ADORA_UNROLL(8)
    for (int r = 0; r < R; ++r) {
      C left = a[r * a_row + p * a_column];
      ADORA_UNROLL(4)
      for (int v = 0; v < V; ++v) sum[r][v] += left * right[v];
    }
  }
  ADORA_UNROLL(8)
  for (int r = 0; r < R; ++r) {
    ADORA_UNROLL(4)
    for (int v = 0; v < V; ++v) {
      C* place = out + r * ldo + v * lanes<C>;
      if (add) {
        Register before;
        std::memcpy(&before, place, sizeof(Register));
        sum[r][v] += before;
      }
      std::memcpy(place, &sum[r][v], sizeof(Register));
    }
  }
}

template <class C, int R>
inline void tile_row(std::int64_t n, std::int64_t k, const C* a, std::int64_t a_row, std::int64_t a_column, const C* b,
                     std::int64_t ldb, C* out, std::int64_t ldo, bool add) {
  constexpr std::int64_t full = tile_vectors * lanes<C>;
  std::int64_t j = 0;
  for (; j + full <= n; j += full) tile<C, R, tile_vectors>(k, a, a_row, a_column, b + j, ldb, out + j, ldo, add);
  if (n - j >= 2 * lanes<C>) tile<C, R, 2>(k, a, a_row, a_column, b + j, ldb, out + j, ldo, add), j += 2 * lanes<C>;
  if (j < n) tile<C, R, 1>(k, a, a_row, a_column, b + j, ldb, out + j, ldo, add);
}

}  // namespace detail

/// out[m, n] = a[m, k]·b[k, n], or += with `add`. n is a multiple of the register; element (i, p) of a is
/// a[i·a_row + p·a_column], so a may be transposed; rows of b and out lie ldb and ldo apart.
template <class C>
[[gnu::noinline]] void small_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const C* a, std::int64_t a_row,
                                  std::int64_t a_column, const C* b, std::int64_t ldb, C* out, std::int64_t ldo,
                                  bool add) {
  // Of a long inner size so much at a time that the rows of a stay in the first cache and b in the second.
  constexpr std::int64_t depth = 512;
  if (k > depth) {
    for (std::int64_t p = 0; p < k; p += depth) {
      small_gemm(m, n, std::min(depth, k - p), a + p * a_column, a_row, a_column, b + p * ldb, ldb, out, ldo,
                 add || p > 0);
    }
    return;
  }
  std::int64_t i = 0;
  for (; i + tile_rows <= m; i += tile_rows) {
    detail::tile_row<C, tile_rows>(n, k, a + i * a_row, a_row, a_column, b, ldb, out + i * ldo, ldo, add);
  }
  for (; i < m; ++i) detail::tile_row<C, 1>(n, k, a + i * a_row, a_row, a_column, b, ldb, out + i * ldo, ldo, add);
}

}  // namespace adora::backends::cpu
