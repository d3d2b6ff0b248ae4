#include "../attention.h"

#include "../../core/cuda.h"
#include "attention_library.h"
#include "attention_tiles.h"

namespace adora::backends::cuda {
namespace {

constexpr int key_tile = 64;

/// Of a row of queries while keys pass by: the largest score so far, in powers of two, and the sum of 2^(score - it),
/// the latter of this lane's columns alone.
struct RunningRow {
  float most = -std::numeric_limits<float>::infinity(), total = 0.0f;
};

/// Scores to weights 2^(score - the largest so far); what was summed before shrinks to match. `rows[m][half]` is that
/// of row 16·m + 8·half + lane / 4, which sees the first `limit(m, half)` of the tile's keys; all see all unless `cut`.
template <int D, int M, class Limit>
__device__ void weigh(float (&scores)[M][key_tile / 8][4], float (&sums)[M][D / 8][4], RunningRow (&rows)[M][2],
                      float scale, bool cut, Limit limit) {
  constexpr float none = -std::numeric_limits<float>::infinity();
  const int column = static_cast<int>(threadIdx.x % 4) * 2;
#pragma unroll
  for (int m = 0; m < M; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      float most = rows[m][half].most;
      const int seen = cut ? limit(m, half) : key_tile;
#pragma unroll
      for (int n = 0; n < key_tile / 8; ++n) {
#pragma unroll
        for (int e = 0; e < 2; ++e) {
          float& score = scores[m][n][2 * half + e];
          score = scale * score;
          if (cut && 8 * n + column + e >= seen) score = none;
          most = fmaxf(most, score);
        }
      }
      most = fmaxf(most, __shfl_xor_sync(all_lanes, most, 1));  // four lanes share a row
      most = fmaxf(most, __shfl_xor_sync(all_lanes, most, 2));
      const float shift = most == none ? 0.0f : most;  // no key seen yet
      const float shrink = fast_exp2(rows[m][half].most - shift);
      float total = 0.0f;
#pragma unroll
      for (int n = 0; n < key_tile / 8; ++n) {
#pragma unroll
        for (int e = 0; e < 2; ++e) {
          float& score = scores[m][n][2 * half + e];
          score = fast_exp2(score - shift);
          total += score;
        }
      }
      rows[m][half].most = most;
      rows[m][half].total = shrink * rows[m][half].total + total;
#pragma unroll
      for (int n = 0; n < D / 8; ++n) sums[m][n][2 * half] *= shrink, sums[m][n][2 * half + 1] *= shrink;
    }
  }
}

/// A block's queries, 64·M of one head, walk along the keys they see, one tile after the other; while one is worked on
/// the next is on its way.
template <class T, int D, int M>
__global__ void __launch_bounds__(tile_threads)
    attention_kernel(const Heads<const T> q, const Heads<const T> k, const Heads<const T> v, const Heads<T> out,
                     float* lse, const AttentionSizes s) {
  constexpr int stride = tile_stride<D>, block_rows = 16 * M * tile_warps;
  T* queries = dynamic_shared<T>();          // [block_rows, D]
  T* keys = queries + block_rows * stride;   // [2, key_tile, D]
  T* values = keys + 2 * key_tile * stride;  // [2, key_tile, D]

  const int blocks = (s.queries + block_rows - 1) / block_rows, number = static_cast<int>(blockIdx.x) / blocks;
  // The last queries, which see the most keys, first: the short work fills the gaps at the end.
  const int first = (blocks - 1 - static_cast<int>(blockIdx.x) % blocks) * block_rows;
  const int b = number / s.heads, h = number % s.heads;
  const T* key_head = k.at(b, h / s.group);
  const T* value_head = v.at(b, h / s.group);
  const int seen = s.visible(first + block_rows - 1), tiles = (seen + key_tile - 1) / key_tile;
  auto begin_copy = [&](int tile) {
    const int buffer = tile % 2 * key_tile * stride;
    copy_tile<D, key_tile>(keys + buffer, key_head, k.row, tile * key_tile, s.keys, s.d);
    copy_tile<D, key_tile>(values + buffer, value_head, v.row, tile * key_tile, s.keys, s.d);
    end_copy_group();
  };

  copy_tile<D, block_rows>(queries, q.at(b, h), q.row, first, s.queries, s.d);
  end_copy_group();
  if (tiles > 0) begin_copy(0);

  const int lane = static_cast<int>(threadIdx.x % 32), warp = static_cast<int>(threadIdx.x / 32);
  const int warp_first = first + warp * 16 * M;
  auto row_number = [&](int m, int half) { return warp_first + 16 * m + 8 * half + lane / 4; };
  T* warp_queries = queries + warp * 16 * M * stride;
  const float scale = static_cast<float>(s.scale * log2_e);
  float sums[M][D / 8][4] = {}, scores[M][key_tile / 8][4];
  RunningRow rows[M][2];
  for (int tile = 0; tile < tiles; ++tile) {
    wait_for_copies<0>();
    __syncthreads();  // all warps' copies are there, and all are done with the tile before this one
    if (tile + 1 < tiles) begin_copy(tile + 1);
    const int key = tile * key_tile, buffer = tile % 2 * key_tile * stride;
    if (key >= s.visible(warp_first + 16 * M - 1)) continue;  // the whole warp sees nothing of it
    multiply_transposed<D, M, key_tile>(warp_queries, keys + buffer, scores);
    weigh<D, M>(scores, sums, rows, scale, key + key_tile > s.visible(warp_first),
                [&](int m, int half) { return s.visible(row_number(m, half)) - key; });
    add_product<D, M, key_tile>(scores, values + buffer, sums);
  }
  wait_for_copies<0>();
  __syncthreads();

  auto share = [&](int m, int half) {
    float total = rows[m][half].total;
    total += __shfl_xor_sync(all_lanes, total, 1);
    total += __shfl_xor_sync(all_lanes, total, 2);
    const int i = row_number(m, half);
    if (lse && lane % 4 == 0 && i < s.queries) {
      lse[static_cast<std::int64_t>(number) * s.queries + i] =
          static_cast<float>(ln_2) * (rows[m][half].most + log2f(total));
    }
    return s.visible(i) > 0 ? 1.0f / total : 0.0f;
  };
  store_rows<D, M>(sums, share, warp_queries, out.at(b, h), out.row, warp_first, s.queries, s.d);
}

template <class T, int D>
void start(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSizes& sizes, const Tensor& out,
           const Tensor& lse) {
  constexpr int M = 2, block_rows = 16 * M * tile_warps;
  const std::int64_t blocks = (q.size(2) + block_rows - 1) / block_rows * q.size(0) * q.size(1);
  launch(attention_kernel<T, D, M>, static_cast<unsigned>(blocks), tile_threads,
         (block_rows + 4 * key_tile) * tile_stride<D> * sizeof(T), Heads<const T>(q), Heads<const T>(k),
         Heads<const T>(v), Heads<T>(out), lse.defined() ? lse.data<float>() : nullptr, sizes);
}

void attention_cuda(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionRule& rule, const Tensor& out,
                    const Tensor& lse) {
  if (out.numel() == 0) return;
  AttentionSizes sizes(q, k, rule);
  if (!fits_tensor_cores(q, sizes)) return plain_attention(q, k, v, sizes, out, lse);
  Tensor result = rows_for(out), queries = in_rows(q), keys = in_rows(k), values = in_rows(v);
  const bool by_library = adora::cuda::cudnn_attention() &&
                          attention_library.forward(queries, keys, values, rule.causal, rule.scale, result, lse);
  if (!by_library) {
    visit_tiles(q.dtype(), q.size(3),
                [&]<class T, int D>() { start<T, D>(queries, keys, values, sizes, result, lse); });
  }
  if (!result.is(out)) copy(result, out);
}

[[maybe_unused]] const bool registered = attention.on(DeviceType::cuda, attention_cuda);

}  // namespace
}  // namespace adora::backends::cuda
