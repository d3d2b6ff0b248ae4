#include "../low_rank.h"

#include "../gemm.h"
#include "low_rank_update.h"
#include "narrow.h"
#include "output_pass.h"
#include "strided_operands.h"

namespace adora::backends::cuda {
namespace {

// ---- the output's side -----------------------------------------------------------------------------------------

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
  const std::uint64_t threshold = mask.threshold(), first = mask.first_block();
  const C by = scale * static_cast<C>(mask.scale());
  const std::int64_t groups = (numel + 3) / 4;
  for (std::int64_t q = global_thread(); q < groups; q += global_threads()) {
    const Philox block(mask.seed, first + static_cast<std::uint64_t>(q), mask.stream);
    for (int k = 0; k < 4 && 4 * q + k < numel; ++k) {
      const std::int64_t i = 4 * q + k;
      if (block.word[k] >= threshold) dx[i] = T(static_cast<C>(dx[i]) + by * static_cast<C>(low[i]));
    }
  }
}

void input_side_cuda(const Tensor& h, const Tensor& A, const Tensor& x, const DropoutMask& mask, double scale,
                     const Tensor& dx, const Tensor& dA) {
  const std::int64_t rank = A.size(0);
  // Rounded once for both products, as each would have it.
  const Tensor left = mask.p == 0 && size_of(x.dtype()) == 2 ? as(columns(h, rank), x.dtype()) : columns(h, rank);
  if (dA.defined()) gemm(flipped(left), dropped(x, mask), dA, scale, 0);
  if (!dx.defined() || dx.numel() == 0) return;
  if (mask.p == 0) return gemm(left, A, dx, scale, 1);
  if (low_rank_update(dx, {}, h, A, scale, mask, {}, {}, dx)) return;
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
