#include "output_pass.h"

#include <algorithm>

#include "../basic.h"
#include "device_code.h"
#include "packs.h"

namespace adora::backends::cuda {
namespace {

constexpr int lanes = 32, rows_at_once = 8;  ///< a block's threads: side by side, one below the other
constexpr std::int64_t most_rows = 32;       ///< of a chunk that one thread adds up
constexpr int sums = 4;                      ///< Σ g, Σ g∘(y - bias), Σ |g∘(y - bias)|, Σ |g|

/// The accumulator type for sums of type T over a chunk. float is enough for the half types, whose own rounding is
/// larger by far.
template <class T> using Sum = std::conditional_t<sizeof(T) == 2, float, double>;

__device__ inline float absolute(float x) { return ::fabsf(x); }
__device__ inline double absolute(double x) { return ::fabs(x); }

/// The arguments of the pass over g and y [rows, length]. Null pointers are left out.
template <class T, class C> struct OutputPass {
  const T *g, *y;
  const C *bias, *c;
  T* scaled;
  double* parts;  ///< [chunks, sums, length]
  std::int64_t rows, length, chunk;
};

/// One block: a chunk of rows of 32·V columns. scaled = g∘c, and the sums of each column over the chunk, those with y
/// among them where `dots`. A thread has the numbers of some rows on their way at once.
template <class T, class C, int V, bool dots>
__global__ void __launch_bounds__(lanes* rows_at_once, 4) output_pass_kernel(const OutputPass<T, C> p) {
  using S = Sum<T>;
  constexpr int under_way = 4;
  __shared__ S joined[rows_at_once][lanes * V];
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * lanes * V, j = first + threadIdx.x * V;
  const std::int64_t begin = blockIdx.y * p.chunk, end = begin + p.chunk < p.rows ? begin + p.chunk : p.rows;
  S sum[sums][V] = {};
  if (j < p.length) {
    C bias[V], factor[V];
#pragma unroll
    for (int k = 0; k < V; ++k) bias[k] = p.bias ? p.bias[j + k] : C(0), factor[k] = p.c ? p.c[j + k] : C(1);
    for (std::int64_t t = begin + threadIdx.y; t < end; t += under_way * rows_at_once) {
      Pack<T, V> g[under_way], y[dots ? under_way : 1];
#pragma unroll
      for (int u = 0; u < under_way; ++u) {
        const std::int64_t at = t + u * rows_at_once;
        if (at >= end) continue;
        g[u] = *reinterpret_cast<const Pack<T, V>*>(p.g + at * p.length + j);
        if constexpr (dots) y[u] = *reinterpret_cast<const Pack<T, V>*>(p.y + at * p.length + j);
      }
#pragma unroll
      for (int u = 0; u < under_way; ++u) {
        const std::int64_t at = t + u * rows_at_once;
        if (at >= end) continue;
        Pack<T, V> by;
#pragma unroll
        for (int k = 0; k < V; ++k) {
          const C up = static_cast<C>(g[u].value[k]);
          by.value[k] = T(up * factor[k]);
          sum[0][k] += up;
          if constexpr (dots) {
            const C product = up * (static_cast<C>(y[u].value[k]) - bias[k]);
            sum[1][k] += product;
            sum[2][k] += absolute(product);
            sum[3][k] += absolute(up);
          }
        }
        if (p.scaled) *reinterpret_cast<Pack<T, V>*>(p.scaled + at * p.length + j) = by;
      }
    }
  }
  if (!p.parts) return;
  for (int s = 0; s < (dots ? sums : 1); ++s) {
#pragma unroll
    for (int k = 0; k < V; ++k) joined[threadIdx.y][threadIdx.x * V + k] = sum[s][k];
    __syncthreads();
    const int column = static_cast<int>(threadIdx.y) * lanes + static_cast<int>(threadIdx.x);
    if (column < lanes * V && first + column < p.length) {
      double total = 0;
      for (int t = 0; t < rows_at_once; ++t) total += static_cast<double>(joined[t][column]);
      p.parts[(blockIdx.y * sums + s) * p.length + first + column] = total;
    }
    __syncthreads();  // all have been read
  }
}

/// Adds the chunks' parts up to sum, dot, size and weight [length]; null ones are left out. A block has 32 columns; row
/// k of its threads adds chunks k, k + 8, …, and then the rows' sums are added in order.
__global__ void join_chunks_kernel(const double* parts, std::int64_t chunks, std::int64_t length, double* sum,
                                   double* dot, double* size, double* weight) {
  __shared__ double joined[sums][rows_at_once][lanes];
  double* const outs[sums] = {sum, dot, size, weight};
  const std::int64_t j = static_cast<std::int64_t>(blockIdx.x) * lanes + threadIdx.x;
  double total[sums] = {};
  for (std::int64_t chunk = threadIdx.y; j < length && chunk < chunks; chunk += rows_at_once) {
#pragma unroll
    for (int s = 0; s < sums; ++s)
      if (outs[s]) total[s] += parts[(chunk * sums + s) * length + j];
  }
#pragma unroll
  for (int s = 0; s < sums; ++s) joined[s][threadIdx.y][threadIdx.x] = total[s];
  __syncthreads();
  const int s = static_cast<int>(threadIdx.y);
  if (s >= sums || !outs[s] || j >= length) return;
  double all = 0;
  for (int t = 0; t < rows_at_once; ++t) all += joined[s][t][threadIdx.x];
  outs[s][j] = all;
}

}  // namespace

void output_pass(const OutputSide& o) {
  const std::int64_t rows = o.g.size(0), length = o.g.size(1);
  const bool wants_sums = o.sum.defined() || o.dot.defined();
  if (rows == 0 || length == 0) {
    for (const Tensor& out : {o.sum, o.dot, o.size, o.weight})
      if (out.defined()) fill(out, 0);
    return;
  }
  if (!wants_sums && !o.scaled.defined()) return;
  visit_floating("output_side", o.g.dtype(), [&]<class T>() {
    using C = Compute<T>;
    auto run = [&]<int V>() {
      // As many chunks of rows as keep the device busy with the columns there are.
      const std::int64_t across = (length + lanes * V - 1) / (lanes * V);
      const std::int64_t wanted = std::max<std::int64_t>(1, 4 * device_properties().multiprocessors / across);
      constexpr std::int64_t most_chunks = 65535;  // of a grid
      const std::int64_t chunk =
          std::max(std::clamp<std::int64_t>((rows + wanted - 1) / wanted, rows_at_once * 4, rows_at_once * most_rows),
                   (rows + most_chunks - 1) / most_chunks);
      const std::int64_t chunks = (rows + chunk - 1) / chunk;
      Tensor parts = wants_sums ? empty({chunks, sums, length}, float64, o.g.device()) : Tensor();
      auto large = [](const Tensor& t) { return t.defined() ? t.data<T>() : nullptr; };
      auto vector = [](const Tensor& t) { return t.defined() ? t.data<C>() : nullptr; };
      auto doubles = [](const Tensor& t) { return t.defined() ? t.data<double>() : nullptr; };
      const OutputPass<T, C> pass{large(o.g),
                                  o.dot.defined() ? large(o.y) : nullptr,
                                  vector(o.bias),
                                  vector(o.c),
                                  large(o.scaled),
                                  doubles(parts),
                                  rows,
                                  length,
                                  chunk};
      launch(pass.y ? output_pass_kernel<T, C, V, true> : output_pass_kernel<T, C, V, false>,
             dim3(static_cast<unsigned>(across), static_cast<unsigned>(chunks)), dim3(lanes, rows_at_once), 0, pass);
      if (!wants_sums) return;
      launch(join_chunks_kernel, static_cast<unsigned>((length + lanes - 1) / lanes), dim3(lanes, rows_at_once), 0,
             doubles(parts), chunks, length, doubles(o.sum), doubles(o.dot), doubles(o.size), doubles(o.weight));
    };
    constexpr int several = sizeof(T) == 8 ? 2 : 4;
    auto lies_in_packs = [](const Tensor& t) {
      return !t.defined() || reinterpret_cast<std::uintptr_t>(t.raw()) % alignof(Pack<T, several>) == 0;
    };
    if (length % several == 0 && lies_in_packs(o.g) && lies_in_packs(o.y) && lies_in_packs(o.scaled)) {
      run.template operator()<several>();
    } else {
      run.template operator()<1>();
    }
  });
}

}  // namespace adora::backends::cuda
