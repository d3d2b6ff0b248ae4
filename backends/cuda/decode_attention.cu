#include "../decode_attention.h"

#include <algorithm>
#include <limits>

#include "../basic.h"
#include "../math.h"
#include "device_code.h"
#include "packs.h"

namespace adora::backends::cuda {
namespace {

// The cached positions of a row are shared out among blocks, each of which runs a softmax over its own as it goes
// ("Flash-Decoding": Dao et al., 2023); a second kernel joins what they found. One new token a row alone would not keep
// the device busy.

constexpr int threads = 128, warps = threads / 32;
constexpr int key_lanes = 8, keys_at_once = threads / key_lanes;  // threads that share a key
constexpr int tile = 64, steps = tile / keys_at_once;             // positions between two updates of the softmax

template <class T> struct DecodeArguments {
  using C = Compute<T>;
  const T *q, *k, *v;                    ///< [n, heads, d], [n, kv_heads, d]
  const C* rotations;                    ///< [capacity, turned]
  T *keys, *values;                      ///< [R, kv_heads, capacity, d]
  const std::int64_t *rows, *positions;  ///< [n]
  T* out;                                ///< [n, heads, d]
  C *sums, *most, *totals;               ///< of each split: [splits, n, heads, d], [splits, n, heads] twice
  C scale, softcap;
  int heads, kv_heads, d, turned, splits;
  std::int64_t capacity, window;
};

/// Elements i and i + half of a head turned by the angles of its position.
template <class T, class C> __device__ void turn(const T* x, const C* angles, int half, int i, C scale, C* a, C* b) {
  const C one = static_cast<C>(x[i]), other = static_cast<C>(x[i + half]);
  *a = scale * (one * angles[i] - other * angles[half + i]);
  *b = scale * (other * angles[i] + one * angles[half + i]);
}

/// The number subtracted from scores before exp: the largest score, or 0 where that is -∞, as for no scores.
template <class C> __device__ C shift_of(C most) { return most == -std::numeric_limits<C>::infinity() ? C(0) : most; }

/// Block (i·kv_heads + head, a group of `group` of its queries and a run of columns, split). Numbers are read in runs
/// of `width`, of which a row has d / width; a block sums values of at most as many as it has threads. Shared memory:
/// the queries [group, d], the sums of its threads [group, width, threads], scores [group, tile], factors [group].
template <class T, int width, int group>
__global__ void __launch_bounds__(threads) decode_kernel(const DecodeArguments<T> x) {
  static_assert(group <= warps && tile == 64);  // a warp has a query's softmax, a lane two of its scores
  using C = Compute<T>;
  C* queries = dynamic_shared<C>();
  C* parts = queries + group * x.d;
  auto* scores = reinterpret_cast<C(*)[tile]>(parts + threads * group * width);
  C* factors = &scores[group][0];  // what sums are multiplied by, when a larger score has come up

  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
  const int d = x.d, runs = d / width, per_kv_head = x.heads / x.kv_heads;
  const std::int64_t i = blockIdx.x / static_cast<unsigned>(x.kv_heads);
  const int head = static_cast<int>(blockIdx.x % static_cast<unsigned>(x.kv_heads));
  const int groups = (per_kv_head + group - 1) / group;
  const int first = static_cast<int>(blockIdx.y) % groups * group;  // of the head's queries
  const int first_run = static_cast<int>(blockIdx.y) / groups * threads;
  const int split = static_cast<int>(blockIdx.z);
  const int used = per_kv_head - first < group ? per_kv_head - first : group;
  const std::int64_t query = i * x.heads + head * per_kv_head + first;

  const std::int64_t position = x.positions[i], count = position + 1;
  const std::int64_t hidden = x.window < count ? count - x.window : 0;
  // Whole steps over the keys, so that a short row does not get sums of nearly nothing.
  const std::int64_t share =
      ((count - hidden + x.splits - 1) / x.splits + keys_at_once - 1) / keys_at_once * keys_at_once;
  const std::int64_t begin = hidden + split * share, end = begin + share < count ? begin + share : count;
  const std::int64_t states = static_cast<std::int64_t>(gridDim.x) * per_kv_head;  // n·heads
  if (begin >= end) {
    if (thread < used) x.totals[split * states + query + thread] = C(0);
    return;
  }

  const C* angles = x.rotations + position * x.turned;
  const int half = x.turned / 2;
  const std::int64_t cache = (x.rows[i] * x.kv_heads + head) * x.capacity * d;
  T* keys = x.keys + cache;
  T* values = x.values + cache;
  if (end == count) {  // The new token is this block's. Blocks of other queries put down the same.
    const std::int64_t given = (i * x.kv_heads + head) * d;
    for (int c = thread; c < half; c += threads) {
      C a, b;
      turn(x.k + given, angles, half, c, C(1), &a, &b);
      keys[position * d + c] = T(a), keys[position * d + c + half] = T(b);
    }
    for (int c = x.turned + thread; c < d; c += threads) keys[position * d + c] = x.k[given + c];
    for (int c = thread; c < d; c += threads) values[position * d + c] = x.v[given + c];
  }
  for (int c = thread; c < group * half; c += threads) {
    const int g = c / half, at = c % half;
    C a = 0, b = 0;
    if (g < used) turn(x.q + (query + g) * d, angles, half, at, x.scale, &a, &b);
    queries[g * d + at] = a, queries[g * d + at + half] = b;
  }
  for (int c = thread; c < group * (d - x.turned); c += threads) {
    const int g = c / (d - x.turned), at = x.turned + c % (d - x.turned);
    queries[g * d + at] = g < used ? x.scale * static_cast<C>(x.q[(query + g) * d + at]) : C(0);
  }
  __syncthreads();

  // Each thread sums one run of the values of some of the positions.
  const int columns = runs - first_run < threads ? runs - first_run : threads, sharers = threads / columns;
  const int column = thread % columns, sharer = thread / columns;
  C sum[group][width] = {};
  C most = -std::numeric_limits<C>::infinity(), total = 0;  // of the softmax of query `warp`

  for (std::int64_t from = begin; from < end; from += tile) {
    const int here = end - from < tile ? static_cast<int>(end - from) : tile;
    C dot[steps][group] = {};
    for (int r = thread % key_lanes; r < runs; r += key_lanes) {
      Pack<T, width> in[steps];
#pragma unroll
      for (int s = 0; s < steps; ++s) {
        const int t = thread / key_lanes + s * keys_at_once;
        const T* key = keys + (from + (t < here ? t : here - 1)) * d;  // a key again rather than a branch
        in[s] = *reinterpret_cast<const Pack<T, width>*>(key + r * width);
      }
#pragma unroll
      for (int g = 0; g < group; ++g) {
        const auto with = *reinterpret_cast<const Pack<C, width>*>(queries + g * d + r * width);
#pragma unroll
        for (int s = 0; s < steps; ++s) {
#pragma unroll
          for (int c = 0; c < width; ++c) dot[s][g] += with.value[c] * static_cast<C>(in[s].value[c]);
        }
      }
    }
#pragma unroll
    for (int s = 0; s < steps; ++s) {
      const int t = thread / key_lanes + s * keys_at_once;
#pragma unroll
      for (int g = 0; g < group; ++g) {
        C score = dot[s][g];
        for (int bits = key_lanes / 2; bits > 0; bits /= 2) score += __shfl_xor_sync(all_lanes, score, bits);
        if (x.softcap > 0) score = x.softcap * math::tanh(score / x.softcap);
        if (thread % key_lanes == 0) scores[g][t] = t < here ? score : -std::numeric_limits<C>::infinity();
      }
    }
    __syncthreads();
    if (warp < group) {
      // Past the last position scores are -inf, and weights 0.
      const C low = scores[warp][lane], high = scores[warp][lane + 32];
      // NaN is passed over here and comes up again in the total.
      C now = low > most ? low : most;
      now = warp_reduce(high > now ? high : now, Larger{});
      const C shift = shift_of(now), a = math::exp(low - shift), b = math::exp(high - shift);
      scores[warp][lane] = a, scores[warp][lane + 32] = b;
      const C factor = math::exp(most - shift);
      total = total * factor + warp_reduce(a + b, Plus{});
      most = now;
      if (lane == 0) factors[warp] = factor;
    }
    __syncthreads();
    if (sharer < sharers) {
#pragma unroll
      for (int g = 0; g < group; ++g) {
        for (int c = 0; c < width; ++c) sum[g][c] *= factors[g];
      }
#pragma unroll 4
      for (int t = sharer; t < here; t += sharers) {
        const auto in =
            *reinterpret_cast<const Pack<T, width>*>(values + (from + t) * d + (first_run + column) * width);
#pragma unroll
        for (int g = 0; g < group; ++g) {
#pragma unroll
          for (int c = 0; c < width; ++c) sum[g][c] += scores[g][t] * static_cast<C>(in.value[c]);
        }
      }
    }
    __syncthreads();
  }

  // The threads' sums joined in their order.
  if (warp < used && lane == 0) {
    factors[warp] = total;
    if (x.splits > 1) x.most[split * states + query + warp] = most, x.totals[split * states + query + warp] = total;
  }
#pragma unroll
  for (int g = 0; g < group; ++g) {
    for (int c = 0; c < width; ++c) parts[(g * width + c) * threads + thread] = sum[g][c];
  }
  __syncthreads();
  for (int c = thread; c < used * columns * width; c += threads) {
    const int g = c / (columns * width), at = c % (columns * width);
    const C* part = parts + (g * width + at % width) * threads + at / width;
    C joined = 0;
    for (int s = 0; s < sharers; ++s) joined += part[s * columns];
    const std::int64_t to = (query + g) * d + first_run * width + at;
    if (x.splits > 1) x.sums[split * states * d + to] = joined;
    else x.out[to] = T(joined / factors[g]);
  }
}

/// out [states, d] from what the splits found; those without positions have a total of 0.
template <class T> __global__ void join_splits_kernel(const DecodeArguments<T> x, std::int64_t states) {
  using C = Compute<T>;
  for (std::int64_t k = global_thread(); k < states * x.d; k += global_threads()) {
    const std::int64_t state = k / x.d;
    C most = -std::numeric_limits<C>::infinity(), total = 0, sum = 0;
    for (int s = 0; s < x.splits; ++s) {
      if (x.totals[s * states + state] == C(0)) continue;
      const C other = x.most[s * states + state];
      most = other > most ? other : most;
    }
    for (int s = 0; s < x.splits; ++s) {
      const C part = x.totals[s * states + state];
      if (part == C(0)) continue;
      const C factor = math::exp(x.most[s * states + state] - shift_of(most));
      total += factor * part;
      sum += factor * x.sums[s * states * x.d + k];
    }
    x.out[k] = T(sum / total);
  }
}

/// One multiprocessor's share of blocks, as many as hide one another's waiting; positions that make a split worth it.
constexpr std::int64_t blocks_each = 4, least_positions = 64;

template <class T, int width, int group> void run(DecodeArguments<T> x, std::int64_t n) {
  using C = Compute<T>;
  const std::int64_t groups = (x.heads / x.kv_heads + group - 1) / group;
  const std::int64_t parts = groups * ((x.d / width + threads - 1) / threads), blocks = n * x.kv_heads * parts;
  const std::int64_t wanted = (device_properties().multiprocessors * blocks_each + blocks - 1) / blocks;
  x.splits =
      static_cast<int>(std::clamp<std::int64_t>(wanted, 1, (x.capacity + least_positions - 1) / least_positions));
  Tensor sums, most, totals;
  if (x.splits > 1) {
    sums = empty({x.splits, n, x.heads, x.d}, dtype_of<C>(), cuda_device);
    most = empty({x.splits, n, x.heads}, dtype_of<C>(), cuda_device), totals = empty_like(most);
    x.sums = sums.data<C>(), x.most = most.data<C>(), x.totals = totals.data<C>();
  }
  const std::int64_t shared = group * (x.d + threads * width + tile + 1) * static_cast<std::int64_t>(sizeof(C));
  const dim3 grid(static_cast<unsigned>(n * x.kv_heads), static_cast<unsigned>(parts), static_cast<unsigned>(x.splits));
  launch(decode_kernel<T, width, group>, grid, threads, static_cast<std::size_t>(shared), x);
  if (x.splits > 1) {
    const std::int64_t states = n * x.heads;
    launch(join_splits_kernel<T>, blocks_for(states * x.d), block_threads, 0, x, states);
  }
}

void decode_attention_cuda(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& rotations,
                           const Tensor& keys, const Tensor& values, const Tensor& rows, const Tensor& positions,
                           const AttentionRule& rule, const Tensor& out) {
  if (out.numel() == 0) return;
  visit_floating("decode_attention", q.dtype(), [&]<class T>() {
    using C = Compute<T>;
    constexpr int width = 16 / sizeof(T);
    const Tensor queries = contiguous(q), new_keys = contiguous(k), new_values = contiguous(v);
    DecodeArguments<T> x{};
    x.q = queries.data<T>(), x.k = new_keys.data<T>(), x.v = new_values.data<T>();
    x.rotations = rotations.data<C>();
    x.keys = keys.data<T>(), x.values = values.data<T>();
    x.rows = rows.data<std::int64_t>(), x.positions = positions.data<std::int64_t>();
    x.out = out.data<T>();
    x.scale = static_cast<C>(rule.scale), x.softcap = static_cast<C>(rule.softcap);
    x.heads = static_cast<int>(q.size(1)), x.kv_heads = static_cast<int>(k.size(1)), x.d = static_cast<int>(q.size(2));
    x.turned = static_cast<int>(rotations.size(1));
    x.capacity = keys.size(2), x.window = rule.window > 0 ? rule.window : x.capacity;
    auto aligned = [](const void* data) { return reinterpret_cast<std::uintptr_t>(data) % 16 == 0; };
    if (x.d % width || !aligned(x.keys) || !aligned(x.values)) run<T, 1, 4>(x, q.size(0));
    else if (x.heads == x.kv_heads) run<T, width, 1>(x, q.size(0));
    else run<T, width, 4>(x, q.size(0));
  });
}

[[maybe_unused]] const bool registered = decode_attention.on(DeviceType::cuda, decode_attention_cuda);

}  // namespace
}  // namespace adora::backends::cuda
