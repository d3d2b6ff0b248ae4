#pragma once
#include <cstdint>

#include "../../core/tensor.h"
#include "tile.h"

namespace adora::backends::cpu {

inline constexpr std::int64_t query_block = 64, key_block = 64;

/// Rows of one head, [tokens, d] somewhere in a tensor [B, H, tokens, d].
template <class T> struct Head {
  T* data;
  std::int64_t row, column;  ///< strides

  Head(const Tensor& x, std::int64_t b, std::int64_t h)
      : data(x.data<T>() + b * x.strides()[0] + h * x.strides()[1]), row(x.strides()[2]), column(x.strides()[3]) {}
};

/// `n` rows from `first` on, times `scale`, to rows of `width` numbers, zeros after the head's d.
template <class T, class C>
void load_rows(const Head<T>& head, std::int64_t first, std::int64_t n, std::int64_t d, C scale, C* to,
               std::int64_t width) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T* from = head.data + (first + i) * head.row;
    C* row = to + i * width;
    if (head.column == 1) {
#pragma omp simd
      for (std::int64_t c = 0; c < d; ++c) row[c] = scale * static_cast<C>(from[c]);
    } else {
      for (std::int64_t c = 0; c < d; ++c) row[c] = scale * static_cast<C>(from[c * head.column]);
    }
    for (std::int64_t c = d; c < width; ++c) row[c] = C(0);
  }
}

/// The transpose of rows [n, width]: d rows of `key_block` numbers, zeros after n.
template <class C> void transpose_block(const C* rows, std::int64_t n, std::int64_t d, std::int64_t width, C* to) {
  for (std::int64_t c = 0; c < d; ++c) {
    C* column = to + c * key_block;
    for (std::int64_t j = 0; j < n; ++j) column[j] = rows[j * width + c];
    for (std::int64_t j = n; j < key_block; ++j) column[j] = C(0);
  }
}

/// The number of keys that query i sees, of the n keys from `first` on.
inline std::int64_t visible(std::int64_t i, std::int64_t first, std::int64_t n, bool causal, std::int64_t ahead) {
  if (!causal) return n;
  return std::min(n, std::max<std::int64_t>(0, i + ahead + 1 - first));
}

}  // namespace adora::backends::cpu
