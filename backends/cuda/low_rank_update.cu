#include "low_rank_update.h"

#include <bit>

#include "low_rank_tiles.h"

// The pass that an adapted layer makes over its output and over the gradient of its input: tensor cores add the
// low-rank product while the tile is at hand anyway, so that DoRA's c and the bias cost no pass of their own and
// dropout's mask no tensor. The plain twins are wide_update_cuda and input_side_cuda by products of cuBLAS.

namespace adora::backends::cuda {
namespace {

using namespace low_rank_tiles;

/// in, out [rows, length] contiguous; left [rows, left_stride] of which `rank` numbers of a row are read, right [rank,
/// length] or, transposed, [length, rank], with right_stride from row to row; null vectors are left out.
template <class T> struct UpdateTask {
  const T* in;
  T* out;
  const float *left, *right;
  std::int64_t left_stride, right_stride;
  const float *row, *column, *shift;
  int rows, length, rank;
  float scale;
  DropoutMask mask;
};

constexpr std::size_t update_shared_bytes(bool transposed) {
  const int right = transposed ? tile_columns * step_stride : rank_step * tile_stride;
  return 2 * static_cast<std::size_t>(2 * (tile_rows * step_stride + right) + tile_rows * tile_stride);
}

/// Random words for the two numbers side by side that a lane holds in each of two rows, whose first elements are
/// `above` and `below`: neighboring lanes hold four that share a block, and compute one block each.
__device__ inline void mask_words(const DropoutMask& mask, std::int64_t above, std::int64_t below,
                                  unsigned (&words)[4]) {
  const bool odd = threadIdx.x % 2;
  const Philox block(mask.seed, mask.first_block() + static_cast<std::uint64_t>((odd ? below : above) / 4),
                     mask.stream);
  const unsigned first = __shfl_xor_sync(all_lanes, odd ? block.word[0] : block.word[2], 1);
  const unsigned second = __shfl_xor_sync(all_lanes, odd ? block.word[1] : block.word[3], 1);
  words[0] = odd ? first : block.word[0], words[1] = odd ? second : block.word[1];
  words[2] = odd ? block.word[2] : first, words[3] = odd ? block.word[3] : second;
}

/// One tile of `out`: columns from 128·blockIdx.x on, rows from 128·blockIdx.y on.
template <class T, bool transposed, bool masked>
__global__ void __launch_bounds__(threads, 2) low_rank_update_kernel(const UpdateTask<T> task) {
  constexpr int left_size = tile_rows * step_stride;
  constexpr int right_size = transposed ? tile_columns * step_stride : rank_step * tile_stride;
  T* left = dynamic_shared<T>();     // [2, tile_rows, rank_step]
  T* right = left + 2 * left_size;   // [2, rank_step, tile_columns], or [2, tile_columns, rank_step]
  T* tile = right + 2 * right_size;  // [tile_rows, tile_columns]
  const int first_row = static_cast<int>(blockIdx.y) * tile_rows;
  const int first_column = static_cast<int>(blockIdx.x) * tile_columns;
  copy_tile(tile, task.in, task.length, task.rows, task.length, first_row, first_column);

  const int warp = static_cast<int>(threadIdx.x / 32), lane = static_cast<int>(threadIdx.x % 32);
  const int row = warp / 2 * warp_rows, column = warp % 2 * warp_columns;
  auto read_left = [&](int k) {
    return read_step<rank_step>(task.left, task.left_stride, task.rows, task.rank, first_row, k);
  };
  auto read_right = [&](int k) {
    if constexpr (transposed) {
      return read_step<rank_step>(task.right, task.right_stride, task.length, task.rank, first_column, k);
    } else {
      return read_step<tile_columns>(task.right, task.right_stride, task.rank, task.length, k, first_column);
    }
  };
  WarpTile c = {};
  Piece of_right = read_right(0);  // a step ahead; there are no registers for both factors
  int turn = 0;
  for (int k = 0; k < task.rank; k += rank_step, turn = 1 - turn) {
    T *left_step = left + turn * left_size, *right_step = right + turn * right_size;
    store_step<rank_step>(read_left(k), left_step);
    store_step<transposed ? rank_step : tile_columns>(of_right, right_step);
    __syncthreads();  // the steps are there; all are done with what lay in the other halves
    if (k + rank_step < task.rank) of_right = read_right(k + rank_step);
    add_step<transposed>(left_step + row * step_stride, step_stride,
                         right_step + (transposed ? column * step_stride : column), c);
  }
  wait_for_copies<0>();
  __syncthreads();  // the tile is there

  const std::uint64_t threshold = task.mask.threshold();
#pragma unroll
  for (int m = 0; m < warp_rows / 16; ++m) {
#pragma unroll
    for (int n = 0; n < warp_columns / 8; ++n) {
      const int r = row + 16 * m + lane / 4, at = column + 8 * n + lane % 4 * 2;
      float(&sums)[4] = c[m][n];
      if constexpr (masked) {
        unsigned words[4];
        const std::int64_t above = std::int64_t{first_row + r} * task.length + first_column + at;
        mask_words(task.mask, above, above + 8 * std::int64_t{task.length}, words);
#pragma unroll
        for (int i = 0; i < 4; ++i) sums[i] = words[i] >= threshold ? sums[i] : 0.0f;
      }
      const bool there = first_column + at < task.length;  // both or none: the length is even
      const int j = there ? first_column + at : 0;
      const float times[2] = {task.column ? task.column[j] : 1.0f, task.column ? task.column[j + 1] : 1.0f};
      const float plus[2] = {task.shift ? task.shift[j] : 0.0f, task.shift ? task.shift[j + 1] : 0.0f};
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const int t = first_row + r + 8 * half;
        const float by = task.row && t < task.rows ? task.row[t] : 1.0f;
        auto& two = *reinterpret_cast<Two<T>*>(tile + (r + 8 * half) * tile_stride + at);
        const float low = by * static_cast<float>(two.low) + task.scale * sums[2 * half];
        const float high = by * static_cast<float>(two.high) + task.scale * sums[2 * half + 1];
        two = std::bit_cast<Two<T>>(pack<T>(times[0] * low + plus[0], times[1] * high + plus[1]));
      }
    }
  }
  __syncthreads();
  struct alignas(16) Eight {
    T numbers[8];
  };
#pragma unroll 4
  for (int i = 0; i < tile_rows * tile_columns / 8 / threads; ++i) {
    const int place = i * threads + static_cast<int>(threadIdx.x);
    const int r = place / (tile_columns / 8), at = place % (tile_columns / 8) * 8;
    if (first_row + r >= task.rows || first_column + at >= task.length) continue;
    *reinterpret_cast<Eight*>(task.out + std::int64_t{first_row + r} * task.length + first_column + at) =
        *reinterpret_cast<const Eight*>(tile + r * tile_stride + at);
  }
}

template <class T, bool transposed, bool masked> void start(const UpdateTask<T>& task) {
  const dim3 grid(static_cast<unsigned>((task.length + tile_columns - 1) / tile_columns),
                  static_cast<unsigned>((task.rows + tile_rows - 1) / tile_rows));
  launch(low_rank_update_kernel<T, transposed, masked>, grid, threads, update_shared_bytes(transposed), task);
}

}  // namespace

bool low_rank_update(const Tensor& in, const Tensor& row, const Tensor& left, const Tensor& right, double scale,
                     const DropoutMask& mask, const Tensor& column, const Tensor& shift, const Tensor& out) {
  const std::int64_t rows = out.size(0), length = out.size(1), rank = right.size(0);
  constexpr std::int64_t most = std::int64_t{1} << 30, most_blocks = 65535;
  // A factor's rows have to begin on 16 bytes, and to be read four numbers at a time.
  auto in_fours = [](const Tensor& x, int along) {
    const std::int64_t next = x.strides()[1 - along];
    return x.dtype() == float32 && x.strides()[along] == 1 && x.size(along) % 4 == 0 && next % 4 == 0 && on_16_bytes(x);
  };
  auto lies_in_rows = [&](const Tensor& x) { return x.is_contiguous() && on_16_bytes(x) && x.dtype() == out.dtype(); };
  const bool transposed = !in_fours(right, 1);
  if (size_of(out.dtype()) != 2 || out.numel() == 0 || rank == 0 || length % 8 != 0 || length > most ||
      rows > most_blocks * tile_rows || !lies_in_rows(in) || !lies_in_rows(out) || !in_fours(left, 1) ||
      (transposed && !in_fours(right, 0))) {
    return false;
  }
  auto numbers = [](const Tensor& x) -> const float* { return x.defined() ? x.data<float>() : nullptr; };
  auto run = [&]<class T>() {
    const UpdateTask<T> task{static_cast<const T*>(in.raw()),
                             static_cast<T*>(out.raw()),
                             left.data<float>(),
                             right.data<float>(),
                             left.strides()[0],
                             right.strides()[transposed ? 1 : 0],
                             numbers(row),
                             numbers(column),
                             numbers(shift),
                             static_cast<int>(rows),
                             static_cast<int>(length),
                             static_cast<int>(rank),
                             static_cast<float>(mask.p > 0 ? scale * mask.scale() : scale),
                             mask};
    if (mask.p > 0) transposed ? start<T, true, true>(task) : start<T, false, true>(task);
    else transposed ? start<T, true, false>(task) : start<T, false, false>(task);
  };
  if (out.dtype() == bfloat16) run.template operator()<bf16>();
  else run.template operator()<f16>();
  return true;
}

}  // namespace adora::backends::cuda
