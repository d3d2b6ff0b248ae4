#include "../order.h"

#include <bit>

#include "../sort_key.h"
#include "device_code.h"

namespace adora::backends::cuda {
namespace {

// A bitonic sort of rows that are filled up to a power of two. An element is sorted as a word, its key and its place:
// no two are equal, so that equal elements keep their order. What fills a row up has places beyond it and comes last.
struct Words {
  std::uint64_t* keys;
  std::int64_t* places;
  std::int64_t padded;  ///< the length of a row
  std::int64_t count;   ///< words of all rows
};

__device__ bool comes_after(std::uint64_t key, std::int64_t place, std::uint64_t other_key, std::int64_t other_place) {
  return key != other_key ? key > other_key : place > other_place;
}

/// Words per block of what is done in shared memory; two for each thread at least.
constexpr int tile = 1024;

__global__ void fill_words_kernel(const Rows<const char> x, DType dtype, bool floating, bool descending,
                                  const Words words) {
  for (std::int64_t w = global_thread(); w < words.count; w += global_threads()) {
    const std::int64_t row = w / words.padded, i = w - row * words.padded;
    std::uint64_t key = 0;
    if (i < x.length) {
      const std::int64_t at = x.row(row) - x.data + i * x.stride;
      key = floating ? sort_key(load<double>(x.data, dtype, at)) : sort_key(load<std::int64_t>(x.data, dtype, at));
    }
    words.keys[w] = i >= x.length ? ~std::uint64_t{0} : descending ? ~key : key;
    words.places[w] = i;
  }
}

/// Where word number `pair` of those that are compared with the one `step` further on stands, and whether the smaller
/// of both belongs there: runs of `run` words are merged, the first upward, the second downward and so on.
struct Pair {
  std::int64_t low, high;
  bool upward;
  __device__ Pair(std::int64_t pair, std::int64_t step, std::int64_t run, std::int64_t padded)
      : low(pair / step * 2 * step + pair % step), high(low + step), upward(((low % padded) & run) == 0) {}
};

/// The steps from `step` down of the runs `first_run`, and all steps of the longer ones up to `last_run`, in a tile.
__global__ void sort_tiles_kernel(const Words words, std::int64_t first_run, std::int64_t last_run) {
  __shared__ std::uint64_t keys[tile];
  __shared__ std::int64_t places[tile];
  const int threads = static_cast<int>(blockDim.x);
  for (std::int64_t begin = static_cast<std::int64_t>(blockIdx.x) * tile; begin < words.count;
       begin += static_cast<std::int64_t>(gridDim.x) * tile) {
    const int count = static_cast<int>(words.count - begin < tile ? words.count - begin : tile);
    for (int i = static_cast<int>(threadIdx.x); i < count; i += threads) {
      keys[i] = words.keys[begin + i], places[i] = words.places[begin + i];
    }
    __syncthreads();
    for (std::int64_t run = first_run; run <= last_run; run *= 2) {
      for (std::int64_t step = run / 2 < tile / 2 ? run / 2 : tile / 2; step > 0; step /= 2) {
        for (int p = static_cast<int>(threadIdx.x); p < count / 2; p += threads) {
          const Pair pair(begin / 2 + p, step, run, words.padded);
          const std::int64_t low = pair.low - begin, high = pair.high - begin;
          if (comes_after(keys[low], places[low], keys[high], places[high]) == pair.upward) {
            const std::uint64_t key = keys[low];
            const std::int64_t place = places[low];
            keys[low] = keys[high], places[low] = places[high];
            keys[high] = key, places[high] = place;
          }
        }
        __syncthreads();
      }
    }
    for (int i = static_cast<int>(threadIdx.x); i < count; i += threads) {
      words.keys[begin + i] = keys[i], words.places[begin + i] = places[i];
    }
    __syncthreads();  // before the next tile is read
  }
}

/// One step between words that lie further apart than a tile is long.
__global__ void sort_step_kernel(const Words words, std::int64_t step, std::int64_t run) {
  for (std::int64_t p = global_thread(); p < words.count / 2; p += global_threads()) {
    const Pair pair(p, step, run, words.padded);
    const std::uint64_t low = words.keys[pair.low], high = words.keys[pair.high];
    const std::int64_t low_place = words.places[pair.low], high_place = words.places[pair.high];
    if (comes_after(low, low_place, high, high_place) == pair.upward) {
      words.keys[pair.low] = high, words.places[pair.low] = high_place;
      words.keys[pair.high] = low, words.places[pair.high] = low_place;
    }
  }
}

__global__ void write_places_kernel(const Words words, std::int64_t first, const Rows<std::int64_t> out) {
  for (std::int64_t i = global_thread(); i < out.count * out.length; i += global_threads()) {
    const std::int64_t row = i / out.length, j = i - row * out.length;
    out.row(row)[j * out.stride] = words.places[row * words.padded + first + j];
  }
}

void order_cuda(const Tensor& x, const Tensor& out, std::int64_t first, bool descending) {
  if (out.numel() == 0) return;
  const Rows<const char> rows(x);  // addressed by bytes' worth of elements: load knows the dtype
  const auto padded = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(x.size(-1))));
  Tensor keys = empty({rows.count, padded}, int64, cuda_device), places = empty_like(keys);
  const Words words{static_cast<std::uint64_t*>(keys.raw()), places.data<std::int64_t>(), padded, keys.numel()};
  launch(fill_words_kernel, blocks_for(words.count), block_threads, 0, rows, x.dtype(), is_floating(x.dtype()),
         descending, words);
  const unsigned blocks = blocks_for(words.count, tile);
  const std::int64_t in_tiles = padded < tile ? padded : tile;
  if (padded > 1) launch(sort_tiles_kernel, blocks, block_threads, 0, words, 2, in_tiles);
  for (std::int64_t run = 2 * tile; run <= padded; run *= 2) {
    for (std::int64_t step = run / 2; step >= tile; step /= 2) {
      launch(sort_step_kernel, blocks_for(words.count / 2), block_threads, 0, words, step, run);
    }
    launch(sort_tiles_kernel, blocks, block_threads, 0, words, run, run);
  }
  launch(write_places_kernel, blocks_for(out.numel()), block_threads, 0, words, first, Rows<std::int64_t>(out));
}

[[maybe_unused]] const bool registered = order.on(DeviceType::cuda, order_cuda);

}  // namespace
}  // namespace adora::backends::cuda
