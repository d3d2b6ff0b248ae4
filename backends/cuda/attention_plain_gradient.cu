#include "attention_plain.h"

/// The gradient's two passes as in attention_gradient_queries.cu and attention_gradient_keys.cu, in float32 or float64.
namespace adora::backends::cuda {
namespace {

/// Writes row_stats [rows, 2] of each query: lse / ln 2 and Σ grad·out. A warp takes a row.
template <class C>
__global__ void plain_row_stats_kernel(const AnyHeads out, const AnyHeads grad, const C* lse, C* row_stats,
                                       std::int64_t rows, const AttentionSizes s) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  for (std::int64_t row = global_thread() / 32; row < rows; row += global_threads() / 32) {
    const int i = static_cast<int>(row % s.queries), head = static_cast<int>(row / s.queries);
    const int b = head / s.heads, h = head % s.heads;
    C sum = 0;
    for (int c = lane; c < s.d; c += 32) {
      sum += load<C>(out.data, out.dtype, out.at(b, h, i, c)) * load<C>(grad.data, grad.dtype, grad.at(b, h, i, c));
    }
    sum = warp_reduce(sum, Plus{});
    if (lane == 0) row_stats[2 * row] = static_cast<C>(log2_e) * lse[row], row_stats[2 * row + 1] = sum;
  }
}

/// P and dS of 64 queries of head h from `query` on and 64 keys from `key` on.
template <class C>
__device__ void plain_weights(PlainShared<C>& shared, const AnyHeads& q, const AnyHeads& k, const AnyHeads& v,
                              const AnyHeads& grad, const C* row_stats, const AttentionSizes& s, int b, int h,
                              int query, int key, PlainTile<C>& p, PlainTile<C>& ds) {
  const int kv_head = h / s.group;
  plain_scores<C>(
      shared, s.d, [&](auto& to, int column) { load_plain<C>(to, q, b, h, query, s.queries, column, s.d); },
      [&](auto& to, int column) { load_plain<C>(to, k, b, kv_head, key, s.keys, column, s.d); }, p);
  plain_scores<C>(
      shared, s.d, [&](auto& to, int column) { load_plain<C>(to, grad, b, h, query, s.queries, column, s.d); },
      [&](auto& to, int column) { load_plain<C>(to, v, b, kv_head, key, s.keys, column, s.d); }, ds);
#pragma unroll
  for (int r = 0; r < plain_rows; ++r) {
    const int i = query + plain_y() + r * plain_side;
    const bool there = i < s.queries;
    const C* stats = row_stats + (static_cast<std::int64_t>(b * s.heads + h) * s.queries + (there ? i : 0)) * 2;
    const int from = s.hidden(i) - key, limit = there ? s.visible(i) - key : 0;
#pragma unroll
    for (int c = 0; c < plain_rows; ++c) {
      const int j = plain_x() + c * plain_side;
      const bool sees = j >= from && j < limit;
      const C score = plain_score(p[r][c], s);
      p[r][c] = sees ? exp2(score - stats[0]) : C(0);
      ds[r][c] = sees ? p[r][c] * plain_slope(score, s) * (ds[r][c] - stats[1]) : C(0);
    }
  }
}

template <class C>
__global__ void __launch_bounds__(plain_threads)
    plain_query_gradient_kernel(const AnyHeads q, const AnyHeads k, const AnyHeads v, const AnyHeads grad,
                                const C* row_stats, const AnyHeads dq, const AttentionSizes s) {
  PlainShared<C>& shared = *dynamic_shared<PlainShared<C>>();
  const int blocks = (s.queries + plain_tile - 1) / plain_tile, number = static_cast<int>(blockIdx.x) / blocks;
  const int first = static_cast<int>(blockIdx.x) % blocks * plain_tile, b = number / s.heads, h = number % s.heads;
  const int first_column = static_cast<int>(blockIdx.y) * plain_slice, seen = s.visible(first + plain_tile - 1);
  PlainSlice<C> sums = {};
  PlainTile<C> p, ds;
  for (int key = s.hidden(first) / plain_tile * plain_tile; key < seen; key += plain_tile) {
    plain_weights<C>(shared, q, k, v, grad, row_stats, s, b, h, first, key, p, ds);
    add_plain<false, C>(
        shared, ds, first_column, s.d,
        [&](auto& to, int column) { load_plain<C>(to, k, b, h / s.group, key, s.keys, column, s.d); }, sums);
  }
  store_plain<C>(
      sums, [&](int) { return static_cast<C>(s.scale); }, dq, b, h, first, s.queries, first_column, s.d);
}

template <class C>
__global__ void __launch_bounds__(plain_threads)
    plain_key_gradient_kernel(const AnyHeads q, const AnyHeads k, const AnyHeads v, const AnyHeads grad,
                              const C* row_stats, const AnyHeads dk, const AnyHeads dv, const AttentionSizes s) {
  PlainShared<C>& shared = *dynamic_shared<PlainShared<C>>();
  const int blocks = (s.keys + plain_tile - 1) / plain_tile, number = static_cast<int>(blockIdx.x) / blocks;
  const int first = static_cast<int>(blockIdx.x) % blocks * plain_tile, kv_heads = s.heads / s.group;
  const int b = number / kv_heads, kv_head = number % kv_heads;
  const int first_column = static_cast<int>(blockIdx.y) * plain_slice;
  // The first query that sees the first key; before it none sees any.
  const int from = s.causal && first > s.ahead() ? first - s.ahead() : 0;
  PlainSlice<C> dkeys = {}, dvalues = {};
  PlainTile<C> p, ds;
  for (int h = kv_head * s.group; h < (kv_head + 1) * s.group; ++h) {
    for (int query = from; query < s.queries && s.hidden(query) < first + plain_tile; query += plain_tile) {
      plain_weights<C>(shared, q, k, v, grad, row_stats, s, b, h, query, first, p, ds);
      add_plain<true, C>(
          shared, p, first_column, s.d,
          [&](auto& to, int column) { load_plain<C>(to, grad, b, h, query, s.queries, column, s.d); }, dvalues);
      add_plain<true, C>(
          shared, ds, first_column, s.d,
          [&](auto& to, int column) { load_plain<C>(to, q, b, h, query, s.queries, column, s.d); }, dkeys);
    }
  }
  store_plain<C>(
      dkeys, [&](int) { return static_cast<C>(s.scale); }, dk, b, kv_head, first, s.keys, first_column, s.d);
  store_plain<C>(
      dvalues, [](int) { return C(1); }, dv, b, kv_head, first, s.keys, first_column, s.d);
}

template <class C> void start(const Tensor& out, const Tensor& lse, const AttentionGradient& pass) {
  const Tensor &q = pass.q, &k = pass.k;
  const AnyHeads queries(q), keys(k), values(pass.v), grad(pass.grad);
  C* row_stats = pass.row_stats.data<C>();
  launch(plain_row_stats_kernel<C>, blocks_for(lse.numel() * 32), block_threads, 0, AnyHeads(out), grad, lse.data<C>(),
         row_stats, lse.numel(), pass.sizes);
  if (pass.dq.defined()) {
    launch(plain_query_gradient_kernel<C>, plain_grid(q.size(2), q.size(0) * q.size(1), q.size(3)), plain_threads,
           sizeof(PlainShared<C>), queries, keys, values, grad, row_stats, AnyHeads(pass.dq), pass.sizes);
  }
  if (pass.dk.defined()) {
    launch(plain_key_gradient_kernel<C>, plain_grid(k.size(2), k.size(0) * k.size(1), k.size(3)), plain_threads,
           sizeof(PlainShared<C>), queries, keys, values, grad, row_stats, AnyHeads(pass.dk), AnyHeads(pass.dv),
           pass.sizes);
  }
}

}  // namespace

void plain_attention_gradient(const Tensor& out, const Tensor& lse, const AttentionGradient& pass) {
  if (pass.q.dtype() == float64) start<double>(out, lse, pass);
  else start<float>(out, lse, pass);
}

}  // namespace adora::backends::cuda
