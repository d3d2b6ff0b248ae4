#include "../low_rank.h"

#include "../gemm.h"
#include "narrow.h"
#include "strided_operands.h"

namespace adora::backends::cuda {
namespace {

// ---- the output's side -----------------------------------------------------------------------------------------

constexpr int sum_columns = 32, sum_lanes = 8;  ///< a block: so many columns side by side, so many rows at a time

/// What the pass over g and y [T, N] reads and writes; null ones are left out.
template <class T, class C> struct OutputPass {
  const T *g, *y;
  const C *bias, *c;
  T* scaled;
  double* parts;  ///< [chunks, 4, N]: Σ g, Σ g∘(y - bias), Σ |g∘(y - bias)|, Σ |g|
  std::int64_t rows, length, chunk;
};

/// One block: `chunk` rows of 32 columns. scaled = g∘c, and the sums of each column over the chunk.
template <class T, class C> __global__ void output_pass_kernel(const OutputPass<T, C> p) {
  __shared__ double lanes[4][sum_lanes][sum_columns];
  const std::int64_t j = static_cast<std::int64_t>(blockIdx.x) * sum_columns + threadIdx.x;
  const std::int64_t begin = blockIdx.y * p.chunk, end = begin + p.chunk < p.rows ? begin + p.chunk : p.rows;
  double sums[4] = {0, 0, 0, 0};
  if (j < p.length) {
    const C bias = p.bias ? p.bias[j] : C(0), factor = p.c ? p.c[j] : C(1);
    for (std::int64_t t = begin + threadIdx.y; t < end; t += sum_lanes) {
      const C up = static_cast<C>(p.g[t * p.length + j]);
      if (p.scaled) p.scaled[t * p.length + j] = T(up * factor);
      if (!p.parts) continue;
      sums[0] += up;
      if (!p.y) continue;
      const C product = up * (static_cast<C>(p.y[t * p.length + j]) - bias);
      sums[1] += product;
      sums[2] += product < C(0) ? -product : product;
      sums[3] += up < C(0) ? -up : up;
    }
  }
  if (!p.parts) return;
  for (int s = 0; s < 4; ++s) lanes[s][threadIdx.y][threadIdx.x] = sums[s];
  __syncthreads();
  if (threadIdx.y >= 4 || j >= p.length) return;
  double total = 0;
  for (int lane = 0; lane < sum_lanes; ++lane) total += lanes[threadIdx.y][lane][threadIdx.x];
  p.parts[(blockIdx.y * 4 + threadIdx.y) * p.length + j] = total;
}

/// sum, dot, size, weight [N] from the chunks' parts, in their order; null ones are left out.
__global__ void join_parts_kernel(const double* parts, std::int64_t chunks, std::int64_t length, double* sum,
                                  double* dot, double* size, double* weight) {
  double* const outs[4] = {sum, dot, size, weight};
  for (std::int64_t j = global_thread(); j < length; j += global_threads()) {
    for (int s = 0; s < 4; ++s) {
      if (!outs[s]) continue;
      double total = 0;
      for (std::int64_t chunk = 0; chunk < chunks; ++chunk) total += parts[(chunk * 4 + s) * length + j];
      outs[s][j] = total;
    }
  }
}

/// to[i, k] = scale·factor[i]·from[i, k]: from [N, r] contiguous, to any strides, factor [N] or null.
template <class C>
__global__ void scale_rows_kernel(const C* from, const C* factor, C scale, C* to, std::int64_t numel, std::int64_t rank,
                                  std::int64_t along, std::int64_t across) {
  for (std::int64_t at = global_thread(); at < numel; at += global_threads()) {
    const std::int64_t i = at / rank, k = at - i * rank;
    to[i * along + k * across] = scale * (factor ? factor[i] : C(1)) * from[at];
  }
}

/// scale·factor∘from of [N, r] in the dtype of the arithmetic; factor [N] may be undefined.
void scale_rows(const Tensor& from, const Tensor& factor, double scale, const Tensor& to) {
  if (from.numel() == 0) return;
  auto run = [&]<class C>() {
    launch(scale_rows_kernel<C>, blocks_for(from.numel()), block_threads, 0, static_cast<const C*>(from.raw()),
           factor.defined() ? static_cast<const C*>(factor.raw()) : nullptr, static_cast<C>(scale), to.data<C>(),
           from.numel(), from.size(1), to.strides()[0], to.strides()[1]);
  };
  if (from.dtype() == float64) run.template operator()<double>();
  else run.template operator()<float>();
}

void output_pass(const OutputSide& o) {
  const std::int64_t rows = o.g.size(0), length = o.g.size(1);
  const bool sums = o.sum.defined() || o.dot.defined();
  if (sums && (rows == 0 || length == 0)) {
    for (const Tensor& out : {o.sum, o.dot, o.size, o.weight})
      if (out.defined()) fill(out, 0);
  }
  if (rows == 0 || length == 0 || (!sums && !o.scaled.defined())) return;
  // As many chunks of rows as keep the device busy with the columns there are.
  const std::int64_t across = (length + sum_columns - 1) / sum_columns;
  const std::int64_t wanted = std::max<std::int64_t>(1, 16 * facts().multiprocessors / across);
  const std::int64_t chunk = std::max<std::int64_t>(sum_lanes * 4, (rows + wanted - 1) / wanted);
  const std::int64_t chunks = (rows + chunk - 1) / chunk;
  Tensor parts = sums ? empty({chunks, 4, length}, float64, o.g.device()) : Tensor();
  visit_floating("output_side", o.g.dtype(), [&]<class T>() {
    using C = Compute<T>;
    auto large = [](const Tensor& t) { return t.defined() ? t.data<T>() : nullptr; };
    auto vector = [](const Tensor& t) { return t.defined() ? t.data<C>() : nullptr; };
    OutputPass<T, C> pass{large(o.g),
                          o.dot.defined() ? large(o.y) : nullptr,
                          vector(o.bias),
                          vector(o.c),
                          large(o.scaled),
                          sums ? parts.data<double>() : nullptr,
                          rows,
                          length,
                          chunk};
    launch(output_pass_kernel<T, C>, dim3(static_cast<unsigned>(across), static_cast<unsigned>(chunks)),
           dim3(sum_columns, sum_lanes), 0, pass);
  });
  if (!sums) return;
  auto doubles = [](const Tensor& t) { return t.defined() ? t.data<double>() : nullptr; };
  launch(join_parts_kernel, blocks_for(length), block_threads, 0, parts.data<double>(), chunks, length, doubles(o.sum),
         doubles(o.dot), doubles(o.size), doubles(o.weight));
}

void output_side_cuda(const Tensor& g, const OutputSide& o) {
  output_pass(o);
  const DType compute = g.dtype() == float64 ? float64 : float32;
  if (o.h.defined()) {
    const std::int64_t rank = o.B.size(1);
    if (o.h.size(1) > rank) fill(o.h.with_layout(o.h.layout().sliced(1, rank, o.h.size(1))), 0);
    if (o.scaled.defined()) {
      gemm(o.scaled, o.B, columns(o.h, rank), 1, 0);
    } else {
      Tensor B = empty(o.B.shape(), compute, g.device());  // c∘B
      scale_rows(contiguous(o.B), o.c, 1, B);
      gemm(g, B, columns(o.h, rank), 1, 0);
    }
  }
  if (o.dB.defined()) {
    Tensor product = empty({o.dB.size(0), o.dB.size(1)}, compute, g.device());
    gemm(flipped(g), columns(o.z, o.dB.size(1)), product, 1, 0);
    scale_rows(product, o.c, o.scale, o.dB);
  }
}

// ---- the input's side ------------------------------------------------------------------------------------------

/// dx[i] += scale·mask(i)·low[i], four elements that share a block of random words at a time; the last may be fewer.
template <class T, class C>
__global__ void add_dropped_kernel(const T* low, T* dx, std::int64_t numel, C scale, const DropoutMask mask) {
  const std::uint64_t threshold = mask.threshold();
  const C by = scale * static_cast<C>(mask.scale());
  const std::int64_t groups = (numel + 3) / 4;
  for (std::int64_t q = global_thread(); q < groups; q += global_threads()) {
    const Philox block(mask.seed, mask.offset + static_cast<std::uint64_t>(q), mask.stream);
    for (int k = 0; k < 4 && 4 * q + k < numel; ++k) {
      const std::int64_t i = 4 * q + k;
      if (block.word[k] >= threshold) dx[i] = T(static_cast<C>(dx[i]) + by * static_cast<C>(low[i]));
    }
  }
}

void input_side_cuda(const Tensor& h, const Tensor& A, const Tensor& x, const DropoutMask& mask, double scale,
                     const Tensor& dx, const Tensor& dA) {
  const std::int64_t rank = A.size(0);
  const Tensor left = columns(h, rank);
  if (dA.defined()) gemm(flipped(left), dropped(x, mask), dA, scale, 0);
  if (!dx.defined() || dx.numel() == 0) return;
  if (mask.p == 0) return gemm(left, A, dx, scale, 1);
  Tensor low = empty_like(dx);
  gemm(left, A, low, 1, 0);
  visit_floating("input_side", dx.dtype(), [&]<class T>() {
    using C = Compute<T>;
    launch(add_dropped_kernel<T, C>, blocks_for((dx.numel() + 3) / 4), block_threads, 0, low.data<T>(), dx.data<T>(),
           dx.numel(), static_cast<C>(scale), mask);
  });
}

[[maybe_unused]] const bool registered =
    output_side.on(DeviceType::cuda, output_side_cuda) && input_side.on(DeviceType::cuda, input_side_cuda);

}  // namespace
}  // namespace adora::backends::cuda
