#include "add_rows.h"

#include <bit>

#include "../basic.h"
#include "packs.h"

namespace adora::backends::cuda {
namespace {

// A radix sort from the lowest digit on, in which positions of equal digits keep their order: each block counts the
// digits of one tile of positions, the counts become places, and each block puts its positions there.
constexpr int digit_bits = 8, digits = 1 << digit_bits, sort_warps = digits / 32;  // a thread for each digit
constexpr std::int64_t sort_tile = 2048;

__device__ int digit_of(std::int64_t key, int shift) { return static_cast<int>(key >> shift) & (digits - 1); }

/// counts [tiles, digits]
__global__ void count_digits_kernel(const KeyedPositions x, int shift, std::int64_t* counts) {
  __shared__ int count[digits];
  const int t = static_cast<int>(threadIdx.x);
  count[t] = 0;
  __syncthreads();
  const std::int64_t begin = blockIdx.x * sort_tile, end = begin + sort_tile < x.n ? begin + sort_tile : x.n;
  for (std::int64_t k = begin + t; k < end; k += digits) atomicAdd(&count[digit_of(x.key(x.position(k)), shift)], 1);
  __syncthreads();
  counts[static_cast<std::int64_t>(blockIdx.x) * digits + t] = count[t];
}

/// Each count [tiles, digits] becomes the sum of those before it: of all with lower digits, and of its own digit in
/// earlier tiles. One block, a thread for each digit.
__global__ void add_counts_kernel(std::int64_t* counts, std::int64_t tiles) {
  __shared__ std::int64_t sums[digits];
  const int t = static_cast<int>(threadIdx.x);
  std::int64_t own = 0;
  for (std::int64_t tile = 0; tile < tiles; ++tile) own += counts[tile * digits + t];
  sums[t] = own;
  for (int step = 1; step < digits; step *= 2) {
    __syncthreads();
    const std::int64_t before = t >= step ? sums[t - step] : 0;
    __syncthreads();
    sums[t] += before;
  }
  std::int64_t place = sums[t] - own;
  for (std::int64_t tile = 0; tile < tiles; ++tile) {
    const std::int64_t count = counts[tile * digits + t];
    counts[tile * digits + t] = place;
    place += count;
  }
}

/// `places` as add_counts_kernel leaves the counts.
__global__ void place_positions_kernel(const KeyedPositions x, int shift, const std::int64_t* places,
                                       std::int64_t* sorted) {
  __shared__ int before[sort_warps][digits];  // how many of a digit this tile had before a warp's
  __shared__ std::int64_t first[digits];
  const int t = static_cast<int>(threadIdx.x), warp = t / 32, lane = t % 32;
  first[t] = places[static_cast<std::int64_t>(blockIdx.x) * digits + t];
  int placed = 0;  // of digit t
  const std::int64_t begin = blockIdx.x * sort_tile, end = begin + sort_tile < x.n ? begin + sort_tile : x.n;
  for (std::int64_t run = begin; run < end; run += digits) {
    for (int w = 0; w < sort_warps; ++w) before[w][t] = 0;
    __syncthreads();
    const bool used = run + t < end;
    const std::int64_t position = used ? x.position(run + t) : 0;
    const int digit = used ? digit_of(x.key(position), shift) : -1;
    int rank = 0, total = 0;  // among the warp's of this digit
    for (int l = 0; l < 32; ++l) {
      const int same = __shfl_sync(all_lanes, digit, l) == digit;
      total += same;
      rank += l < lane ? same : 0;
    }
    if (used && rank == 0) before[warp][digit] = total;
    __syncthreads();
    for (int w = 0; w < sort_warps; ++w) {
      const int count = before[w][t];
      before[w][t] = placed;
      placed += count;
    }
    __syncthreads();
    if (used) sorted[first[digit] + before[warp][digit] + rank] = position;
    __syncthreads();
  }
}

/// Puts the positions in the order of their keys, which are below `bound`; the tensor owns that order.
Tensor sort_positions(KeyedPositions& x, std::int64_t bound) {
  const std::int64_t tiles = (x.n + sort_tile - 1) / sort_tile;
  const int bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(bound - 1)));
  Tensor counts = empty({tiles, digits}, int64, cuda_device), order;
  for (int shift = 0; shift < bits; shift += digit_bits) {
    Tensor sorted = empty({x.n}, int64, cuda_device);
    const dim3 grid(static_cast<unsigned>(tiles));
    launch(count_digits_kernel, grid, digits, 0, x, shift, counts.data<std::int64_t>());
    launch(add_counts_kernel, 1, digits, 0, counts.data<std::int64_t>(), tiles);
    launch(place_positions_kernel, grid, digits, 0, x, shift, counts.data<std::int64_t>(), sorted.data<std::int64_t>());
    order = sorted;
    x.order = order.data<std::int64_t>();
  }
  return order;
}

// ---- adding ------------------------------------------------------------------------------------------------------

/// The rows that are added and those they are added to: numbers of any dtype, read one by one as C.
template <class C> struct Single {
  using Sum = C;
  static constexpr int width = 1;
  const void* adds;
  void* sums;
  DType dtype;
  __device__ void read(const void* from, std::int64_t i, C* to) const { *to = load<C>(from, dtype, i); }
  __device__ void write(std::int64_t i, const C* from) const { store(sums, dtype, i, *from); }
};

/// The same for numbers of type T in fours.
template <class T> struct Fours {
  using Sum = Compute<T>;
  static constexpr int width = 4;
  const void* adds;
  void* sums;
  __device__ void read(const void* from, std::int64_t i, Sum* to) const {
    const Four<T> in = static_cast<const Four<T>*>(from)[i];
#pragma unroll
    for (int c = 0; c < 4; ++c) to[c] = static_cast<Sum>(in.value[c]);
  }
  __device__ void write(std::int64_t i, const Sum* from) const {
    Four<T> out;
#pragma unroll
    for (int c = 0; c < 4; ++c) out.value[c] = T(from[c]);
    static_cast<Four<T>*>(sums)[i] = out;
  }
};

/// sums[key, :] += adds[position, :], both [, columns] in units of N: a thread for each column of each position, of
/// which those go on that are the first with their key, adding what follows in order.
template <class N> __global__ void add_rows_kernel(const N numbers, const KeyedPositions x, std::int64_t columns) {
  using Sum = typename N::Sum;
  constexpr int ahead = 4;  // rows that are read before the first is added
  for (std::int64_t i = global_thread(); i < x.n * columns; i += global_threads()) {
    std::int64_t k = i / columns;
    const std::int64_t column = i - k * columns, key = x.key(x.position(k));
    if (k > 0 && x.key(x.position(k - 1)) == key) continue;
    Sum sum[N::width], next[ahead][N::width];
    numbers.read(numbers.sums, key * columns + column, sum);
    for (bool more = true; more; k += ahead) {
      int count = 0;
#pragma unroll
      for (int a = 0; a < ahead; ++a) {
        const std::int64_t position = k + a < x.n ? x.position(k + a) : 0;
        more = more && k + a < x.n && x.key(position) == key;
        if (more) numbers.read(numbers.adds, position * columns + column, next[a]), ++count;
      }
#pragma unroll
      for (int a = 0; a < ahead; ++a) {
#pragma unroll
        for (int c = 0; c < N::width; ++c) {
          if (a < count) sum[c] += next[a][c];
        }
      }
    }
    numbers.write(key * columns + column, sum);
  }
}

}  // namespace

void add_sorted(KeyedPositions x, std::int64_t bound, const Tensor& adds, void* sums, DType dtype, std::int64_t inner) {
  if (x.n * inner == 0) return;
  Tensor order = sort_positions(x, bound);
  auto run = [&]<class N>(const N& numbers) {
    const std::int64_t columns = inner / N::width;
    launch(add_rows_kernel<N>, blocks_for(x.n * columns), block_threads, 0, numbers, x, columns);
  };
  auto in_fours = [&]<class T>() {
    if (inner % 4 || !lies_in_fours<T>(adds) || reinterpret_cast<std::uintptr_t>(sums) % alignof(Four<T>)) return false;
    run(Fours<T>{adds.raw(), sums});
    return true;
  };
  if (in_fours.template operator()<float>() || in_fours.template operator()<bf16>()) return;
  if (dtype == float64) run(Single<double>{adds.raw(), sums, dtype});
  else if (is_floating(dtype)) run(Single<float>{adds.raw(), sums, dtype});
  else run(Single<std::int64_t>{adds.raw(), sums, dtype});
}

void add_rows(const Tensor& index, const Tensor& from, const Tensor& out) {
  const std::int64_t n = index.numel();
  if (from.numel() == 0) return;
  Tensor adds = contiguous(from), sums = contiguous(out);
  add_sorted({index.data<std::int64_t>(), index.strides()[0], n, nullptr}, out.size(0), adds, sums.raw(), out.dtype(),
             from.numel() / n);
  if (!sums.is(out)) copy(sums, out);
}

}  // namespace adora::backends::cuda
