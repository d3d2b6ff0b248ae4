#include "attention_plain.h"

#include <limits>

namespace adora::backends::cuda {
namespace {

/// A block's 64 queries walk along the keys they see, with running maxima of scores in powers of two.
template <class C>
__global__ void __launch_bounds__(plain_threads)
    plain_attention_kernel(const AnyHeads q, const AnyHeads k, const AnyHeads v, const AnyHeads out, C* lse,
                           const AttentionSizes s) {
  constexpr C none = -std::numeric_limits<C>::infinity();
  PlainShared<C>& shared = *dynamic_shared<PlainShared<C>>();
  const int blocks = (s.queries + plain_tile - 1) / plain_tile, number = static_cast<int>(blockIdx.x) / blocks;
  const int first = static_cast<int>(blockIdx.x) % blocks * plain_tile;
  const int b = number / s.heads, h = number % s.heads, kv_head = h / s.group;
  const int first_column = static_cast<int>(blockIdx.y) * plain_slice, x = plain_x(), y = plain_y();
  PlainSlice<C> sums = {};
  PlainTile<C> p;
  C most[plain_rows], total[plain_rows];
#pragma unroll
  for (int r = 0; r < plain_rows; ++r) most[r] = none, total[r] = C(0);
  const int seen = s.visible(first + plain_tile - 1);
  for (int key = s.hidden(first) / plain_tile * plain_tile; key < seen; key += plain_tile) {
    plain_scores<C>(
        shared, s.d, [&](auto& to, int column) { load_plain<C>(to, q, b, h, first, s.queries, column, s.d); },
        [&](auto& to, int column) { load_plain<C>(to, k, b, kv_head, key, s.keys, column, s.d); }, p);
#pragma unroll
    for (int r = 0; r < plain_rows; ++r) {
      const int i = first + y + r * plain_side, from = s.hidden(i) - key, limit = s.visible(i) - key;
      C largest = most[r];
#pragma unroll
      for (int c = 0; c < plain_rows; ++c) {
        const int j = x + c * plain_side;
        p[r][c] = j >= from && j < limit ? plain_score(p[r][c], s) : none;
        largest = p[r][c] > largest ? p[r][c] : largest;
      }
      for (int bits = plain_side / 2; bits > 0; bits /= 2) {  // 16 lanes share a row
        const C other = __shfl_xor_sync(all_lanes, largest, bits);
        largest = other > largest ? other : largest;
      }
      const C shift = largest == none ? C(0) : largest;  // no key seen yet
      const C shrink = exp2(most[r] - shift);
      most[r] = largest;
      total[r] *= shrink;
#pragma unroll
      for (int c = 0; c < plain_rows; ++c) {
        p[r][c] = exp2(p[r][c] - shift);
        total[r] += p[r][c];
      }
#pragma unroll
      for (int chunk = 0; chunk < plain_chunks; ++chunk) {
#pragma unroll
        for (int c = 0; c < plain_chunk / plain_side; ++c) sums[chunk][r][c] *= shrink;
      }
    }
    add_plain<false, C>(
        shared, p, first_column, s.d,
        [&](auto& to, int column) { load_plain<C>(to, v, b, kv_head, key, s.keys, column, s.d); }, sums);
  }
#pragma unroll
  for (int r = 0; r < plain_rows; ++r) {
    for (int bits = plain_side / 2; bits > 0; bits /= 2) total[r] += __shfl_xor_sync(all_lanes, total[r], bits);
    const int i = first + y + r * plain_side;
    if (lse && x == 0 && first_column == 0 && i < s.queries) {
      lse[static_cast<std::int64_t>(number) * s.queries + i] = static_cast<C>(ln_2) * (most[r] + log2(total[r]));
    }
    total[r] = s.visible(i) > 0 ? C(1) / total[r] : C(0);
  }
  store_plain<C>(
      sums, [&](int r) { return total[r]; }, out, b, h, first, s.queries, first_column, s.d);
}

template <class C>
void start(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSizes& sizes, const Tensor& out,
           const Tensor& lse) {
  launch(plain_attention_kernel<C>, plain_grid(q.size(2), q.size(0) * q.size(1), q.size(3)), plain_threads,
         sizeof(PlainShared<C>), AnyHeads(q), AnyHeads(k), AnyHeads(v), AnyHeads(out),
         lse.defined() ? lse.data<C>() : nullptr, sizes);
}

}  // namespace

void plain_attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSizes& sizes, const Tensor& out,
                     const Tensor& lse) {
  if (q.dtype() == float64) start<double>(q, k, v, sizes, out, lse);
  else start<float>(q, k, v, sizes, out, lse);
}

}  // namespace adora::backends::cuda
