#include "attention_tiles.h"

/// dQ = scale·dS·K with dS = P∘(dO·Vᵀ - rowsum(dO∘O)): a pass over the queries, each block of which walks along the
/// keys that it sees.
namespace adora::backends::cuda {
namespace {

/// Blocks of 64·M queries, tiles of N keys.
template <class T, int D, int M, int N>
__global__ void __launch_bounds__(tile_threads)
    query_gradient_kernel(const Heads<const T> q, const Heads<const T> k, const Heads<const T> v,
                          const Heads<const T> grad, const float* row_stats, const Heads<T> dq,
                          const AttentionSizes s) {
  constexpr int stride = tile_stride<D>, block_rows = 16 * M * tile_warps;
  T* queries = dynamic_shared<T>();          // [block_rows, D]
  T* grads = queries + block_rows * stride;  // [block_rows, D]
  T* keys = grads + block_rows * stride;     // [2, N, D]
  T* values = keys + 2 * N * stride;         // [2, N, D]

  const int blocks = (s.queries + block_rows - 1) / block_rows, number = static_cast<int>(blockIdx.x) / blocks;
  // The last queries, which see the most keys, first.
  const int first = (blocks - 1 - static_cast<int>(blockIdx.x) % blocks) * block_rows;
  const int b = number / s.heads, h = number % s.heads;
  const T* key_head = k.at(b, h / s.group);
  const T* value_head = v.at(b, h / s.group);
  const int seen = s.visible(first + block_rows - 1), tiles = (seen + N - 1) / N;
  auto begin_copy = [&](int tile) {
    const int buffer = tile % 2 * N * stride;
    copy_tile<D, N>(keys + buffer, key_head, k.row, tile * N, s.keys, s.d);
    copy_tile<D, N>(values + buffer, value_head, v.row, tile * N, s.keys, s.d);
    end_copy_group();
  };

  copy_tile<D, block_rows>(queries, q.at(b, h), q.row, first, s.queries, s.d);
  copy_tile<D, block_rows>(grads, grad.at(b, h), grad.row, first, s.queries, s.d);
  end_copy_group();
  if (tiles > 0) begin_copy(0);

  const int lane = static_cast<int>(threadIdx.x % 32), warp = static_cast<int>(threadIdx.x / 32);
  const int warp_first = first + warp * 16 * M, column = lane % 4 * 2;
  auto row_number = [&](int m, int half) { return warp_first + 16 * m + 8 * half + lane / 4; };
  T* warp_queries = queries + warp * 16 * M * stride;
  const T* warp_grads = grads + warp * 16 * M * stride;
  float lse[M][2], inner[M][2];
#pragma unroll
  for (int m = 0; m < M; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int i = row_number(m, half);
      const std::int64_t at = (static_cast<std::int64_t>(number) * s.queries + i) * 2;
      lse[m][half] = i < s.queries ? row_stats[at] : 0.0f;
      inner[m][half] = i < s.queries ? row_stats[at + 1] : 0.0f;
    }
  }
  const float scale = static_cast<float>(s.scale * log2_e);
  float sums[M][D / 8][4] = {}, p[M][N / 8][4], ds[M][N / 8][4];
  for (int tile = 0; tile < tiles; ++tile) {
    wait_for_copies<0>();
    __syncthreads();  // all warps' copies are there, and all are done with the tile before this one
    if (tile + 1 < tiles) begin_copy(tile + 1);
    const int key = tile * N, buffer = tile % 2 * N * stride;
    if (key >= s.visible(warp_first + 16 * M - 1)) continue;  // the whole warp sees nothing of it
    const bool cut = key + N > s.visible(warp_first);
    multiply_transposed<D, M, N>(warp_queries, keys + buffer, p);
    multiply_transposed<D, M, N>(warp_grads, values + buffer, ds);
#pragma unroll
    for (int m = 0; m < M; ++m) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const int limit = cut ? s.visible(row_number(m, half)) - key : N;
#pragma unroll
        for (int n = 0; n < N / 8; ++n) {
#pragma unroll
          for (int e = 0; e < 2; ++e) {
            float& x = ds[m][n][2 * half + e];
            const float weight = fast_exp2(scale * p[m][n][2 * half + e] - lse[m][half]);
            x = cut && 8 * n + column + e >= limit ? 0.0f : weight * (x - inner[m][half]);
          }
        }
      }
    }
    add_product<D, M, N>(ds, keys + buffer, sums);
  }
  wait_for_copies<0>();
  __syncthreads();
  store_rows<D, M>(
      sums, [&](int, int) { return static_cast<float>(s.scale); }, warp_queries, dq.at(b, h), dq.row, warp_first,
      s.queries, s.d);
}

}  // namespace

void query_gradient(const AttentionGradient& pass) {
  const Tensor& q = pass.q;
  visit_tiles(q.dtype(), q.size(3), [&]<class T, int D>() {
    constexpr int M = 2, N = 32, block_rows = 16 * M * tile_warps;
    const std::int64_t blocks = (q.size(2) + block_rows - 1) / block_rows * q.size(0) * q.size(1);
    launch(query_gradient_kernel<T, D, M, N>, static_cast<unsigned>(blocks), tile_threads,
           (2 * block_rows + 4 * N) * tile_stride<D> * sizeof(T), Heads<const T>(q), Heads<const T>(pass.k),
           Heads<const T>(pass.v), Heads<const T>(pass.grad), pass.row_stats.data<float>(), Heads<T>(pass.dq),
           pass.sizes);
  });
}

}  // namespace adora::backends::cuda
