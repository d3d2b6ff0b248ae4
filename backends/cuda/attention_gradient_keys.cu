#include "attention_tiles.h"

/// dV = Pᵀ·dO and dK = scale·dSᵀ·Q with dS = P∘(dO·Vᵀ - rowsum(dO∘O)): a pass over the keys, each block of which walks
/// along the queries that see it, of all heads that read it. It works on the transposes of P and dS, whose rows are the
/// block's own keys: what a lane holds of them is what it has to hold for the products with dO and Q.
namespace adora::backends::cuda {
namespace {

/// Blocks of 64·M keys, tiles of N queries.
template <class T, int D, int M, int N>
__global__ void __launch_bounds__(tile_threads)
    key_gradient_kernel(const Heads<const T> q, const Heads<const T> k, const Heads<const T> v,
                        const Heads<const T> grad, const float* row_stats, const Heads<T> dk, const Heads<T> dv,
                        const AttentionSizes s) {
  constexpr int stride = tile_stride<D>, block_rows = 16 * M * tile_warps;
  T* keys = dynamic_shared<T>();                                         // [block_rows, D]
  T* values = keys + block_rows * stride;                                // [block_rows, D]
  T* queries = values + block_rows * stride;                             // [2, N, D]
  T* grads = queries + 2 * N * stride;                                   // [2, N, D]
  float* tile_stats = reinterpret_cast<float*>(grads + 2 * N * stride);  // [2, N, 2]

  const int blocks = (s.keys + block_rows - 1) / block_rows, number = static_cast<int>(blockIdx.x) / blocks;
  // The first keys, which the most queries see, first.
  const int first = static_cast<int>(blockIdx.x) % blocks * block_rows;
  const int kv_heads = s.heads / s.group, b = number / kv_heads, kv_head = number % kv_heads;
  // The first query that sees the first key; before it none sees any.
  const int from = s.causal && first > s.ahead() ? first - s.ahead() : 0;
  const int tiles_of_head = from < s.queries ? (s.queries - from + N - 1) / N : 0, tiles = s.group * tiles_of_head;
  int begun = 0;  // the first query of the tile last begun
  auto begin_copy = [&](int tile) {
    const int of_group = tile / tiles_of_head, h = kv_head * s.group + of_group;
    const int i = from + (tile - of_group * tiles_of_head) * N, buffer = tile % 2;
    begun = i;
    copy_tile<D, N>(queries + buffer * N * stride, q.at(b, h), q.row, i, s.queries, s.d);
    copy_tile<D, N>(grads + buffer * N * stride, grad.at(b, h), grad.row, i, s.queries, s.d);
    const int t = static_cast<int>(threadIdx.x);
    if (t < N) {  // queries that are not there count for nothing with zeros for everything
      const bool there = i + t < s.queries;
      const std::int64_t row = static_cast<std::int64_t>(b * s.heads + h) * s.queries + (there ? i + t : 0);
      copy_async<8>(tile_stats + (buffer * N + t) * 2, row_stats + row * 2, there);
    }
    end_copy_group();
  };

  copy_tile<D, block_rows>(keys, k.at(b, kv_head), k.row, first, s.keys, s.d);
  copy_tile<D, block_rows>(values, v.at(b, kv_head), v.row, first, s.keys, s.d);
  end_copy_group();
  if (tiles > 0) begin_copy(0);

  const int lane = static_cast<int>(threadIdx.x % 32), warp = static_cast<int>(threadIdx.x / 32);
  const int warp_first = first + warp * 16 * M, column = lane % 4 * 2;
  T* warp_keys = keys + warp * 16 * M * stride;
  T* warp_values = values + warp * 16 * M * stride;
  const float scale = static_cast<float>(s.scale * log2_e);
  float dkeys[M][D / 8][4] = {}, dvalues[M][D / 8][4] = {}, p[M][N / 8][4], ds[M][N / 8][4];
  for (int tile = 0; tile < tiles; ++tile) {
    wait_for_copies<0>();
    __syncthreads();  // all warps' copies are there, and all are done with the tile before this one
    const int query = begun, buffer = tile % 2;
    if (tile + 1 < tiles) begin_copy(tile + 1);
    if (s.visible(query + N - 1) <= warp_first) continue;  // no query sees anything of the warp's keys
    const bool cut = s.visible(query) < warp_first + 16 * M;
    multiply_transposed<D, M, N>(warp_keys, queries + buffer * N * stride, p);
    multiply_transposed<D, M, N>(warp_values, grads + buffer * N * stride, ds);
#pragma unroll
    for (int n = 0; n < N / 8; ++n) {
      const float* stats = tile_stats + (buffer * N + 8 * n + column) * 2;
#pragma unroll
      for (int e = 0; e < 2; ++e) {
        const float lse = stats[2 * e], inner = stats[2 * e + 1];
        const int seen = s.visible(query + 8 * n + column + e) - warp_first - lane / 4;
#pragma unroll
        for (int m = 0; m < M; ++m) {
#pragma unroll
          for (int half = 0; half < 2; ++half) {
            float& weight = p[m][n][2 * half + e];
            float& x = ds[m][n][2 * half + e];
            const bool sees = !cut || 16 * m + 8 * half < seen;
            weight = sees ? fast_exp2(scale * weight - lse) : 0.0f;
            x = sees ? weight * (x - inner) : 0.0f;
          }
        }
      }
    }
    add_product<D, M, N>(p, grads + buffer * N * stride, dvalues);
    add_product<D, M, N>(ds, queries + buffer * N * stride, dkeys);
  }
  wait_for_copies<0>();
  __syncthreads();
  store_rows<D, M>(
      dkeys, [&](int, int) { return static_cast<float>(s.scale); }, warp_keys, dk.at(b, kv_head), dk.row, warp_first,
      s.keys, s.d);
  store_rows<D, M>(
      dvalues, [](int, int) { return 1.0f; }, warp_values, dv.at(b, kv_head), dv.row, warp_first, s.keys, s.d);
}

}  // namespace

void key_gradient(const AttentionGradient& pass) {
  const Tensor& k = pass.k;
  visit_tiles(k.dtype(), k.size(3), [&]<class T, int D>() {
    constexpr int M = D <= 64 ? 2 : 1, N = 32, block_rows = 16 * M * tile_warps;
    const std::int64_t blocks = (k.size(2) + block_rows - 1) / block_rows * k.size(0) * k.size(1);
    launch(key_gradient_kernel<T, D, M, N>, static_cast<unsigned>(blocks), tile_threads,
           (2 * block_rows + 4 * N) * tile_stride<D> * sizeof(T) + 4 * N * sizeof(float), Heads<const T>(pass.q),
           Heads<const T>(k), Heads<const T>(pass.v), Heads<const T>(pass.grad), pass.row_stats.data<float>(),
           Heads<T>(pass.dk), Heads<T>(pass.dv), pass.sizes);
  });
}

}  // namespace adora::backends::cuda
