#include "../dora.h"

#include "../basic.h"
#include "dora_norm_half.h"
#include "low_rank_tiles.h"

// The lengths of the rows of V = W + scale·B·A for a half-precision W, in one read of it: tensor cores make V tile by
// tile in registers, where it is squared and forgotten. V itself cancels nowhere, and needs no A·Aᵀ and no [N, r]; at
// high ranks norm_of_half_products (dora_norm_half.cu) is faster. B·A is that of factors rounded to W's dtype, as a
// layer's own products on the GPU have them. The plain twin is dora_norm_by_products.

namespace adora::backends::cuda {
namespace {

using namespace low_rank_tiles;

constexpr std::int64_t most_rank = 512;

/// The bytes of a block's dynamic shared memory: the factor B [tile_rows, R], two steps of A [rank_step, tile_columns]
/// and two tiles of W.
std::size_t shared_bytes(std::int64_t rank) {
  return 2 * static_cast<std::size_t>(tile_rows * (filled_rank(rank) + 8) + 2 * (rank_step + tile_rows) * tile_stride);
}

/// W [rows, length] of T, `stride` from row to row; A [rank, length] contiguous; B [rows, rank] any strides; R is the
/// rank filled up with zeros. A block goes along `tiles` tiles of its rows.
template <class T> struct NormTask {
  const T* W;
  std::int64_t stride;
  const float* A;
  const float* B;
  std::int64_t b_row, b_column;
  int rows, length, rank, R, tiles;
  float scale;
};

/// sums[blockIdx.y, j] = Σ V[j, :]² over a share of the columns, for the rows of block blockIdx.x.
template <class T>
__global__ void __launch_bounds__(threads, 2) squares_of_v_kernel(const NormTask<T> task, float* sums) {
  const int left_stride = task.R + 8;
  T* left = dynamic_shared<T>();                    // B [tile_rows, R]
  T* right = left + tile_rows * left_stride;        // A [2, rank_step, tile_columns]
  T* weight = right + 2 * rank_step * tile_stride;  // W [2, tile_rows, tile_columns]
  __shared__ float halves[tile_columns / warp_columns][tile_rows];

  const int first = static_cast<int>(blockIdx.x) * tile_rows;
  const int begin = static_cast<int>(blockIdx.y) * task.tiles;
  const int all = (task.length + tile_columns - 1) / tile_columns;
  const int end = begin + task.tiles < all ? begin + task.tiles : all;
  const int steps = task.R / rank_step;
  auto begin_copy = [&](int tile) {
    copy_tile(weight + tile % 2 * tile_rows * tile_stride, task.W, task.stride, task.rows, task.length, first,
              tile * tile_columns);
  };
  auto read_piece = [&](int step, int tile) {
    return read_step<tile_columns>(task.A, task.length, task.rank, task.length, step * rank_step, tile * tile_columns);
  };

  begin_copy(begin);
  for (int i = static_cast<int>(threadIdx.x); i < tile_rows * task.R; i += threads) {
    const int row = i / task.R, k = i % task.R;
    const bool there = first + row < task.rows && k < task.rank;
    left[row * left_stride + k] = T(there ? task.B[(first + row) * task.b_row + k * task.b_column] : 0.0f);
  }

  const int warp = static_cast<int>(threadIdx.x / 32), lane = static_cast<int>(threadIdx.x % 32);
  const int row = warp / 2 * warp_rows, column = warp % 2 * warp_columns;
  float squares[warp_rows / 16][2] = {};
  Piece piece = read_piece(0, begin);
  int turn = 0;
  for (int tile = begin; tile < end; ++tile) {
    WarpTile c = {};
    wait_for_copies<0>();
    for (int step = 0; step < steps; ++step) {
      T* in_turn = right + turn * rank_step * tile_stride;
      store_step<tile_columns>(piece, in_turn);
      __syncthreads();  // the step, the factor and the tile are there; all are done with what lay in the other halves
      if (step == 0 && tile + 1 < end) begin_copy(tile + 1);
      if (step + 1 < steps) piece = read_piece(step + 1, tile);
      else if (tile + 1 < end) piece = read_piece(0, tile + 1);
      add_step<false>(left + row * left_stride + step * rank_step, left_stride, in_turn + column, c);
      turn = 1 - turn;
    }
    const T* w = weight + (tile % 2 * tile_rows + row + lane / 4) * tile_stride + column + lane % 4 * 2;
#pragma unroll
    for (int m = 0; m < warp_rows / 16; ++m) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
#pragma unroll
        for (int n = 0; n < warp_columns / 8; ++n) {
          const auto two = *reinterpret_cast<const Two<T>*>(w + (16 * m + 8 * half) * tile_stride + 8 * n);
          const float low = static_cast<float>(two.low) + task.scale * c[m][n][2 * half];
          const float high = static_cast<float>(two.high) + task.scale * c[m][n][2 * half + 1];
          squares[m][half] += low * low + high * high;
        }
      }
    }
  }

#pragma unroll
  for (int m = 0; m < warp_rows / 16; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      float sum = squares[m][half];  // of a fourth of the warp's columns
      sum += __shfl_xor_sync(all_lanes, sum, 1);
      sum += __shfl_xor_sync(all_lanes, sum, 2);
      if (lane % 4 == 0) halves[warp % 2][row + 16 * m + 8 * half + lane / 4] = sum;
    }
  }
  __syncthreads();
  for (int i = static_cast<int>(threadIdx.x); i < tile_rows && first + i < task.rows; i += threads) {
    sums[std::int64_t{blockIdx.y} * task.rows + first + i] = halves[0][i] + halves[1][i];
  }
}

/// n[j] = √Σ_s sums[s, j] of [shares, rows].
__global__ void roots_kernel(const float* sums, int shares, std::int64_t rows, float* n) {
  for (std::int64_t j = global_thread(); j < rows; j += global_threads()) {
    float sum = 0.0f;
    for (int s = 0; s < shares; ++s) sum += sums[s * rows + j];
    n[j] = ::sqrtf(sum);
  }
}

/// Whether the kernel above takes these: W in rows that begin on 16 bytes, A contiguous, and all that a block keeps
/// fits.
bool fits_tiles(const Tensor& W, const Tensor& A) {
  constexpr std::int64_t most = std::int64_t{1} << 30;
  return size_of(W.dtype()) == 2 && W.strides()[1] == 1 && W.strides()[0] % 8 == 0 && W.size(1) % 8 == 0 &&
         on_16_bytes(W) && A.is_contiguous() && on_16_bytes(A) && A.size(0) > 0 && A.size(0) <= most_rank &&
         W.size(0) < most && W.size(1) < most && W.numel() > 0 &&
         shared_bytes(A.size(0)) + sizeof(float) * 2 * tile_rows <= device_properties().shared_memory;
}

/// The number of tiles that a block takes, of the `all` tiles along a row, so that the kernel ends soonest. Two
/// blocks run at a time on each multiprocessor, and a block's other work takes as long as two tiles.
int tiles_of_a_block(int blocks, int all) {
  const std::int64_t at_once = 2 * std::int64_t{device_properties().multiprocessors};
  int best = all;
  std::int64_t least = 0;
  for (int shares = 1; shares <= all && (shares - 1) * std::int64_t{blocks} < 2 * at_once; ++shares) {
    const int tiles = (all + shares - 1) / shares;
    const std::int64_t turns = (std::int64_t{blocks} * ((all + tiles - 1) / tiles) + at_once - 1) / at_once;
    const std::int64_t time = turns * (tiles + 2);
    if (least == 0 || time < least) least = time, best = tiles;
  }
  return best;
}

template <class T>
void norm_in_tiles(const Tensor& W, const Tensor& A, const Tensor& B, double scale, const Tensor& n) {
  const auto rows = static_cast<int>(W.size(0)), length = static_cast<int>(W.size(1));
  const int blocks = (rows + tile_rows - 1) / tile_rows, all = (length + tile_columns - 1) / tile_columns;
  const int tiles = tiles_of_a_block(blocks, all), shares = (all + tiles - 1) / tiles;
  Tensor sums = empty({shares, rows}, float32, W.device());
  const NormTask<T> task{static_cast<const T*>(W.raw()),
                         W.strides()[0],
                         A.data<float>(),
                         B.data<float>(),
                         B.strides()[0],
                         B.strides()[1],
                         rows,
                         length,
                         static_cast<int>(A.size(0)),
                         static_cast<int>(filled_rank(A.size(0))),
                         tiles,
                         static_cast<float>(scale)};
  launch(squares_of_v_kernel<T>, dim3(static_cast<unsigned>(blocks), static_cast<unsigned>(shares)), threads,
         shared_bytes(A.size(0)), task, sums.data<float>());
  launch(roots_kernel, blocks_for(rows), block_threads, 0, sums.data<float>(), shares, W.size(0), n.data<float>());
}

void dora_norm_cuda(const Tensor& W, const Tensor& right, const Tensor& B, double scale, const Tensor& n,
                    const Tensor& VA) {
  if (size_of(W.dtype()) != 2 || VA.defined()) return dora_norm_by_products(W, right, B, scale, n, VA);
  if (norm_of_half_products(W, right, B, scale, n)) return;
  Tensor A = contiguous(right);
  if (!fits_tiles(W, A)) return dora_norm_by_products(W, A, B, scale, n, VA);
  if (W.dtype() == bfloat16) norm_in_tiles<bf16>(W, A, B, scale, n);
  else norm_in_tiles<f16>(W, A, B, scale, n);
}

[[maybe_unused]] const bool registered = dora_norm.on(DeviceType::cuda, dora_norm_cuda);

}  // namespace
}  // namespace adora::backends::cuda
