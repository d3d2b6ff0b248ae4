#include "../attention.h"

#include "../../core/cuda.h"
#include "attention_library.h"
#include "attention_tiles.h"

/// The gradient of attention (Dao 2023, algorithm 2) in two passes, one over the queries for dq and one over the keys
/// for dk and dv, so that no two blocks add to one number: the weights are computed twice, and always in one order.
namespace adora::backends::cuda {
namespace {

/// Writes row_stats [rows, 2] of each query: lse / ln 2 and Σ grad·out. 16 lanes take a row, each 8 numbers of 128.
template <class T>
__global__ void row_stats_kernel(const Heads<const T> out, const Heads<const T> grad, const float* lse,
                                 float* row_stats, std::int64_t rows, const AttentionSizes s) {
  struct alignas(16) Piece {
    T numbers[8];
  };
  constexpr int lanes = 16;
  const int column = static_cast<int>(threadIdx.x % lanes) * 8;
  // All lanes of a warp take as many steps, since they exchange sums.
  for (std::int64_t two = global_thread() / 32 * 2; two < rows; two += global_threads() / 32 * 2) {
    const std::int64_t row = two + threadIdx.x % 32 / lanes;
    float sum = 0.0f;
    if (row < rows && column < s.d) {
      const int i = static_cast<int>(row % s.queries), head = static_cast<int>(row / s.queries);
      const int b = head / s.heads, h = head % s.heads;
      const auto of_out = *reinterpret_cast<const Piece*>(out.at(b, h) + i * out.row + column);
      const auto of_grad = *reinterpret_cast<const Piece*>(grad.at(b, h) + i * grad.row + column);
#pragma unroll
      for (int c = 0; c < 8; ++c) {
        sum += static_cast<float>(of_out.numbers[c]) * static_cast<float>(of_grad.numbers[c]);
      }
    }
    for (int bits = lanes / 2; bits > 0; bits /= 2) sum += __shfl_xor_sync(all_lanes, sum, bits);
    if (column == 0 && row < rows) {
      row_stats[2 * row] = static_cast<float>(log2_e) * lse[row], row_stats[2 * row + 1] = sum;
    }
  }
}

void compute_row_stats(const Tensor& out, const Tensor& lse, const AttentionGradient& pass) {
  auto start = [&]<class T>() {
    launch(row_stats_kernel<T>, blocks_for(lse.numel() * 16), block_threads, 0, Heads<const T>(out),
           Heads<const T>(pass.grad), lse.data<float>(), pass.row_stats.data<float>(), lse.numel(), pass.sizes);
  };
  if (out.dtype() == bfloat16) start.template operator()<bf16>();
  else start.template operator()<f16>();
}

void attention_gradient_cuda(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionRule& rule,
                             const Tensor& out, const Tensor& lse, const Tensor& grad, const Tensor& dq,
                             const Tensor& dk, const Tensor& dv) {
  if (q.numel() == 0 || k.numel() == 0) {
    if (dq.defined()) fill(dq, 0);
    if (dk.defined()) fill(dk, 0), fill(dv, 0);
    return;
  }
  AttentionSizes sizes(q, k, rule);
  Tensor row_stats = empty_like(lse, {q.size(0), q.size(1), q.size(2), 2});
  if (!fits_tensor_cores(q, sizes)) {
    plain_attention_gradient(out, lse, {q, k, v, grad, row_stats, dq, dk, dv, sizes});
    return;
  }
  Tensor queries = in_rows(q), keys = in_rows(k), values = in_rows(v), grads = in_rows(grad);
  Tensor to_q = rows_for(dq), to_k = rows_for(dk), to_v = rows_for(dv);
  const Tensor results = in_rows(out);
  const bool by_library =
      adora::cuda::cudnn_attention() &&
      attention_library.gradient(queries, keys, values, rule.causal, rule.scale, results, lse, grads, to_q, to_k, to_v);
  if (!by_library) {
    AttentionGradient pass{queries, keys, values, grads, row_stats, to_q, to_k, to_v, sizes};
    compute_row_stats(results, lse, pass);
    if (dq.defined()) query_gradient(pass);
    if (dk.defined()) key_gradient(pass);
  }
  auto hand_over = [](const Tensor& from, const Tensor& to) {
    if (to.defined() && !from.is(to)) copy(from, to);
  };
  hand_over(to_q, dq), hand_over(to_k, dk), hand_over(to_v, dv);
}

[[maybe_unused]] const bool registered = attention_gradient.on(DeviceType::cuda, attention_gradient_cuda);

}  // namespace
}  // namespace adora::backends::cuda
