#include <algorithm>
#include <cmath>
#include <limits>

#include "../../core/cuda.h"
#include "../basic.h"
#include "../blas_matrix.h"
#include "../gemm.h"
#include "../loss.h"
#include "../math.h"
#include "device_code.h"
#include "narrow.h"

namespace adora::backends::cuda {
namespace {

/// The tokens that count, in order: those with a weight and a target that is a class. `place`, `target` and `share`
/// [count of them] get where each stands, its target and its weight; found = {count, least weight, largest weight}. One
/// block of 1024 threads, each for as many tokens side by side.
template <class C>
__global__ void pick_tokens_kernel(const std::int64_t* targets, std::int64_t stride, const C* weights, std::int64_t n,
                                   std::int64_t classes, std::int64_t* place, std::int64_t* target, C* share,
                                   double* found) {
  __shared__ std::int64_t warp_counts[32];
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32, warp = thread / 32;
  const std::int64_t each = (n + blockDim.x - 1) / blockDim.x, begin = thread * each;
  const std::int64_t end = begin + each < n ? begin + each : n;
  auto counts = [&](std::int64_t t) {
    const std::int64_t y = targets[t * stride];
    return weights[t] != C(0) && y >= 0 && y < classes;
  };
  std::int64_t mine = 0;
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (std::int64_t t = begin; t < end; ++t) {
    if (!counts(t)) continue;
    ++mine;
    const double w = static_cast<double>(weights[t]);
    least = -Larger()(-least, -w), most = Larger()(most, w);
  }
  // The position of this thread's tokens: behind those of the threads before it.
  std::int64_t upto = mine;
  for (int by = 1; by < 32; by *= 2) {
    const std::int64_t before = __shfl_up_sync(all_lanes, upto, static_cast<unsigned>(by));
    if (lane >= by) upto += before;
  }
  if (lane == 31) warp_counts[warp] = upto;
  __syncthreads();
  std::int64_t at = upto - mine;
  for (int w = 0; w < warp; ++w) at += warp_counts[w];
  for (std::int64_t t = begin; t < end; ++t) {
    if (!counts(t)) continue;
    place[at] = t, target[at] = targets[t * stride], share[at] = weights[t];
    ++at;
  }
  least = -block_reduce(-least, -std::numeric_limits<double>::infinity(), Larger());
  most = block_reduce(most, -std::numeric_limits<double>::infinity(), Larger());
  if (thread == static_cast<int>(blockDim.x) - 1) {
    found[0] = static_cast<double>(at), found[1] = least, found[2] = most;
  }
}

/// The same for all tokens, where nobody can wait for the count: those that don't count have a share of 0, and `unit`
/// gets the largest share's size, or 1. One block.
template <class C>
__global__ void take_tokens_kernel(const std::int64_t* targets, std::int64_t stride, const C* weights, std::int64_t n,
                                   std::int64_t classes, std::int64_t* place, std::int64_t* target, C* share, C* unit) {
  C most = 0;
  for (std::int64_t t = threadIdx.x; t < n; t += blockDim.x) {
    const std::int64_t y = targets[t * stride];
    const bool counts = y >= 0 && y < classes;
    const C w = counts ? weights[t] : C(0);
    place[t] = t, target[t] = counts ? y : 0, share[t] = w;
    most = LargerNumber()(most, w < C(0) ? -w : w);
  }
  most = block_reduce(most, C(0), LargerNumber());
  if (threadIdx.x == 0) *unit = most > C(0) && most < std::numeric_limits<C>::infinity() ? most : C(1);
}

/// x[i] *= *by
template <class C> __global__ void scale_kernel(C* x, const C* by, std::int64_t n) {
  for (std::int64_t i = global_thread(); i < n; i += global_threads()) x[i] *= *by;
}

/// to[i, c] = from[place[i], c], times share[i]/unit where `share` is not null; where
/// `noted` isn't either, that holds the unit. to [rows, d], a block a row.
template <class T>
__global__ void gather_kernel(const T* from, std::int64_t row_stride, std::int64_t stride, const std::int64_t* place,
                              const Compute<T>* share, Compute<T> unit, const Compute<T>* noted, std::int64_t rows,
                              std::int64_t d, T* to) {
  if (noted) unit = *noted;
  for (std::int64_t i = blockIdx.x; i < rows; i += gridDim.x) {
    const T* row = from + place[i] * row_stride;
    for (std::int64_t c = threadIdx.x; c < d; c += blockDim.x) {
      to[i * d + c] = share ? T(static_cast<Compute<T>>(row[c * stride]) * (share[i] / unit)) : row[c * stride];
    }
  }
}

/// to[place[i], c] = factor(i)·from[i, c] with factor share[i]/unit, or 1 where `share` is null. from [rows, d], a
/// block a row.
template <class C>
__global__ void scatter_kernel(const C* from, const std::int64_t* place, const C* share, C unit, std::int64_t rows,
                               std::int64_t d, C* to) {
  for (std::int64_t i = blockIdx.x; i < rows; i += gridDim.x) {
    const C factor = share ? share[i] / unit : C(1);
    for (std::int64_t c = threadIdx.x; c < d; c += blockDim.x) to[place[i] * d + c] = factor * from[i * d + c];
  }
}

/// Logits [rows, classes], rows `apart`, to scale·(exp(logit - lse[i]) - [v = target[i]]) in their own place, a block a
/// row. Numbers of a narrower T lie at the beginning of what was their row, at most half as far from it: what is
/// written in one step was read in it or before.
template <class T>
__global__ void gradient_kernel(Compute<T>* logits, const std::int64_t* target, const Compute<T>* lse,
                                std::int64_t rows, std::int64_t classes, std::int64_t apart, Compute<T> scale) {
  using C = Compute<T>;
  constexpr int at_once = 4;
  for (std::int64_t i = blockIdx.x; i < rows; i += gridDim.x) {
    const C* from = logits + i * apart;
    T* to = reinterpret_cast<T*>(logits + i * apart);
    const C shift = lse[i];
    const std::int64_t y = target[i];
    for (std::int64_t first = 0; first < classes; first += at_once * blockDim.x) {
      C x[at_once] = {};
#pragma unroll
      for (int k = 0; k < at_once; ++k) {
        const std::int64_t v = first + k * blockDim.x + threadIdx.x;
        if (v < classes) x[k] = from[v];
      }
      if constexpr (sizeof(T) < sizeof(C)) __syncthreads();
#pragma unroll
      for (int k = 0; k < at_once; ++k) {
        const std::int64_t v = first + k * blockDim.x + threadIdx.x;
        if (v < classes) to[v] = T(scale * (math::exp(x[k] - shift) - (v == y ? C(1) : C(0))));
      }
    }
  }
}

// ---- the host's side -------------------------------------------------------------------------------------------

constexpr std::int64_t most_tokens = 1024, logit_bytes = 256 << 20;  ///< of a block of logits

/// One call. The tokens that count are taken together, and block by block: their logits, the softmax, and the products
/// of its gradient with the weight and with x.
template <class T> class LinearCrossEntropy {
  using C = Compute<T>;
  /// float16 has no room for small probabilities: they are multiplied by this, and the products divided.
  static constexpr double scale = std::is_same_v<T, f16> ? 16384 : 1;

 public:
  LinearCrossEntropy(const Tensor& x, const Tensor& weight, const Tensor& targets, const Tensor& weights,
                     const Tensor& losses, const Tensor& dx, const Tensor& dweight)
      : x_(x), weight_(weight), losses_(losses), dx_(dx), dweight_(dweight), classes_(weight.size(0)), d_(x.size(1)) {
    pick(targets, weights);
    if (count_ == targets.size(0)) return;
    fill(losses_, 0);
    if (dx_.defined()) fill(dx_, 0);
  }

  void run() {
    if (count_ == 0) {
      if (dweight_.defined()) fill(dweight_, 0);
      return;
    }
    BlasMatrix matrix;
    if (!as_blas(weight_, matrix)) weight_ = contiguous(weight_);
    apart_ = (classes_ + 7) / 8 * 8;  // rows on the boundaries that fast products want
    const std::int64_t row_bytes = apart_ * static_cast<std::int64_t>(sizeof(C));
    const std::int64_t most = std::clamp<std::int64_t>(logit_bytes / row_bytes, 64, most_tokens);
    const std::int64_t blocks = (count_ + most - 1) / most, rows = (count_ + blocks - 1) / blocks;
    auto of = [&](const Shape& shape, DType dtype) { return empty(shape, dtype, x_.device()); };
    logits_ = of({rows, apart_}, dtype_of<C>());
    block_x_ = of({rows, d_}, dtype_of<T>());
    block_losses_ = of({rows}, dtype_of<C>()), lse_ = of({rows}, dtype_of<C>());
    if (dx_.defined()) block_dx_ = of({rows, d_}, dtype_of<C>());
    for (std::int64_t first = 0; first < count_; first += rows) block(first, std::min(rows, count_ - first));
    if (dweight_.defined() && noted_unit_.defined()) {
      launch(scale_kernel<C>, blocks_for(dweight_.numel()), block_threads, 0, dweight_.data<C>(), noted_unit_.data<C>(),
             dweight_.numel());
    }
  }

 private:
  void pick(const Tensor& targets, const Tensor& weights) {
    const std::int64_t n = targets.size(0);
    if (n == 0) return;
    place_ = empty({n}, int64, x_.device()), target_ = empty({n}, int64, x_.device());
    share_ = empty({n}, dtype_of<C>(), x_.device());
    if (adora::cuda::recording()) {
      noted_unit_ = empty({1}, dtype_of<C>(), x_.device());
      launch(take_tokens_kernel<C>, 1, 1024, 0, targets.data<std::int64_t>(), targets.strides()[0], weights.data<C>(),
             n, classes_, place_.data<std::int64_t>(), target_.data<std::int64_t>(), share_.data<C>(),
             noted_unit_.data<C>());
      count_ = n, all_equal_ = false;
      return;
    }
    Tensor found = empty({3}, float64, x_.device());
    launch(pick_tokens_kernel<C>, 1, 1024, 0, targets.data<std::int64_t>(), targets.strides()[0], weights.data<C>(), n,
           classes_, place_.data<std::int64_t>(), target_.data<std::int64_t>(), share_.data<C>(), found.data<double>());
    const std::vector<double> numbers = to_vector<double>(found);
    count_ = static_cast<std::int64_t>(numbers[0]);
    const double least = numbers[1], most = numbers[2];
    all_equal_ = least == most;
    unit_ = all_equal_ ? most : std::max(std::abs(least), std::abs(most));
    if (!std::isfinite(unit_)) unit_ = 1, all_equal_ = false;
  }

  /// Tokens first … first + n of those that count.
  void block(std::int64_t first, std::int64_t n) {
    auto rows_of = [&](const Tensor& x) { return x.with_layout(x.layout().sliced(0, 0, n)); };
    auto part_of = [&](const Tensor& x) { return x.with_layout(x.layout().sliced(0, first, first + n)); };
    const Tensor xs = rows_of(block_x_), target = part_of(target_), share = part_of(share_), place = part_of(place_);
    const Tensor logits = logits_.with_layout({{n, classes_}, {apart_, 1}, 0});
    gather(place, {}, xs);
    gemm(xs, flipped(weight_), logits, 1, 0);
    const Tensor losses = rows_of(block_losses_), lse = rows_of(lse_);
    cross_entropy(logits, target, share, losses, lse);
    scatter(losses, place, {}, 1, losses_, 1);
    if (!dx_.defined() && !dweight_.defined()) return;

    launch(gradient_kernel<T>, static_cast<unsigned>(n), threads_for(classes_), 0, logits_.data<C>(),
           target.data<std::int64_t>(), lse.data<C>(), n, classes_, apart_, static_cast<C>(scale));
    constexpr std::int64_t narrower = sizeof(C) / sizeof(T);
    const Tensor gradient(logits_.storage(), {{n, classes_}, {apart_ * narrower, 1}, 0}, dtype_of<T>());
    if (dx_.defined()) {
      const Tensor dx = rows_of(block_dx_);
      gemm(gradient, weight_, dx, 1, 0);
      scatter(dx, place, share, scale, dx_, d_);
    }
    if (dweight_.defined()) {
      // Each token's weight goes with its x, in units that leave most of them near 1.
      if (!all_equal_) gather(place, share, xs);
      gemm(flipped(gradient), xs, dweight_, unit_ / scale, first > 0 ? 1 : 0);
    }
  }

  static unsigned threads_for(std::int64_t n) { return n > 4096 ? 1024 : n > 128 ? 256 : 32; }

  void gather(const Tensor& place, const Tensor& share, const Tensor& to) const {
    launch(gather_kernel<T>, static_cast<unsigned>(place.size(0)), threads_for(d_), 0, x_.data<T>(), x_.strides()[0],
           x_.strides()[1], place.data<std::int64_t>(), share.defined() ? share.data<C>() : nullptr,
           static_cast<C>(unit_), noted_unit_.defined() ? noted_unit_.data<C>() : nullptr, place.size(0), d_,
           to.data<T>());
  }
  void scatter(const Tensor& from, const Tensor& place, const Tensor& share, double unit, const Tensor& to,
               std::int64_t d) const {
    launch(scatter_kernel<C>, static_cast<unsigned>(place.size(0)), threads_for(d), 0, from.data<C>(),
           place.data<std::int64_t>(), share.defined() ? share.data<C>() : nullptr, static_cast<C>(unit), place.size(0),
           d, to.data<C>());
  }

  Tensor x_, weight_, losses_, dx_, dweight_;
  std::int64_t classes_, d_, apart_ = 0;
  std::int64_t count_ = 0;         ///< tokens that count
  bool all_equal_ = true;          ///< their weights
  double unit_ = 1;                ///< what these are counted in where x is multiplied by them
  Tensor noted_unit_;              ///< [1], where only the device knows it, and unit_ is 1
  Tensor place_, target_, share_;  ///< [count_] each
  Tensor logits_, lse_, block_losses_, block_x_, block_dx_;  ///< of a block
};

void linear_cross_entropy_cuda(const Tensor& x, const Tensor& weight, const Tensor& targets, const Tensor& weights,
                               const Tensor& losses, const Tensor& dx, const Tensor& dweight) {
  visit_floating("linear_cross_entropy", x.dtype(),
                 [&]<class T>() { LinearCrossEntropy<T>(x, weight, targets, weights, losses, dx, dweight).run(); });
}

[[maybe_unused]] const bool registered = linear_cross_entropy.on(DeviceType::cuda, linear_cross_entropy_cuda);

}  // namespace
}  // namespace adora::backends::cuda
