#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>

#include "../../core/tensor.h"
#include "../attention.h"
#include "../math.h"
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

/// A run of a block's keys.
struct KeyRange {
  std::int64_t begin, end;

  bool empty() const { return begin >= end; }
};

/// Which keys queries see; `ahead` more keys than queries.
struct Visibility {
  bool causal;
  std::int64_t window, ahead;

  Visibility(const AttentionRule& rule, std::int64_t queries, std::int64_t keys)
      : causal(rule.causal), window(rule.window > 0 ? rule.window : keys), ahead(keys - queries) {}

  /// Those that query i sees, of the n keys from `first` on.
  KeyRange of(std::int64_t i, std::int64_t first, std::int64_t n) const { return of(i, i, first, n); }

  /// Those that any of the queries from i to `last` sees.
  KeyRange of(std::int64_t i, std::int64_t last, std::int64_t first, std::int64_t n) const {
    if (!causal) return {0, n};
    return {std::clamp<std::int64_t>(i + ahead + 1 - window - first, 0, n),
            std::clamp<std::int64_t>(last + ahead + 1 - first, 0, n)};
  }
};

/// Scores of a row [key_block] as the softmax sees them: capped, and -∞ for keys that the query doesn't see.
template <class C> void mask_scores(C* row, const KeyRange& seen, C softcap) {
  if (softcap > 0) {
    for (std::int64_t j = seen.begin; j < seen.end; ++j) row[j] = softcap * math::tanh(row[j] / softcap);
  }
  constexpr C hidden = -std::numeric_limits<C>::infinity();
  std::fill(row, row + seen.begin, hidden);
  std::fill(row + std::max(seen.begin, seen.end), row + key_block, hidden);
}

}  // namespace adora::backends::cpu
