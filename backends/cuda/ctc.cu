#include "../ctc.h"

#include <algorithm>

#include "../basic.h"
#include "../ctc_sequence.h"
#include "device_code.h"

namespace adora::backends::cuda {
namespace {

/// What both kernels read, as their argument.
template <class T> struct Batch {
  const T* log_probs;
  const std::int64_t *targets, *input_lengths, *target_lengths;
  std::int64_t blank, count, classes, labels;
  std::int64_t row, each;  ///< of log_alpha: from one time to the next, and from one sequence to the next

  __device__ CtcSequence<T> sequence(std::int64_t n) const {
    return {log_probs + n * classes, count * classes,           targets + n * labels,
            input_lengths[n],        2 * target_lengths[n] + 1, blank};
  }
};

template <class T>
Batch<T> batch_of(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                  const Tensor& target_lengths, std::int64_t blank, const Tensor& log_alpha) {
  return {log_probs.data<T>(),
          targets.data<std::int64_t>(),
          input_lengths.data<std::int64_t>(),
          target_lengths.data<std::int64_t>(),
          blank,
          log_probs.size(1),
          log_probs.size(2),
          targets.size(1),
          log_alpha.size(2),
          log_alpha.size(1) * log_alpha.size(2)};
}

/// A block a sequence, a thread a state; time goes on for all threads at once.
template <class T> __global__ void ctc_loss_kernel(const Batch<T> batch, T* losses, double* log_alpha) {
  for (std::int64_t n = blockIdx.x; n < batch.count; n += gridDim.x) {
    const CtcSequence<T> one = batch.sequence(n);
    double* alpha = log_alpha + n * batch.each;
    for (std::int64_t t = 0; t < one.times; ++t) {
      double* now = alpha + t * batch.row;
      for (std::int64_t s = threadIdx.x; s < one.states; s += blockDim.x) {
        now[s] = t == 0 ? one.first(s) : one.alpha(t, s, now - batch.row);
      }
      __syncthreads();
    }
    if (threadIdx.x == 0) losses[n] = static_cast<T>(one.loss(alpha + (one.times - 1) * batch.row));
  }
}

/// As above, backwards. scratch [N, 3, 2S + 1]: β of two times, in turn, and each state's probability. Those of one
/// label are added up by the thread of its first state, in their order.
template <class T>
__global__ void ctc_loss_gradient_kernel(const Batch<T> batch, const double* log_alpha, const T* g, double* scratch,
                                         T* out) {
  for (std::int64_t n = blockIdx.x; n < batch.count; n += gridDim.x) {
    const CtcSequence<T> one = batch.sequence(n);
    const double* alpha = log_alpha + n * batch.each;
    double* beta = scratch + n * 3 * batch.row;
    double* occupied = beta + 2 * batch.row;
    const double loss = one.loss(alpha + (one.times - 1) * batch.row), share = static_cast<double>(g[n]);
    if (loss - loss != 0) continue;  // infinite, for all threads of the block
    for (std::int64_t t = one.times - 1; t >= 0; --t) {
      double *now = beta + t % 2 * batch.row, *after = beta + (t + 1) % 2 * batch.row;
      for (std::int64_t s = threadIdx.x; s < one.states; s += blockDim.x) {
        now[s] = one.beta(t, s, after);
        occupied[s] = math::exp(alpha[t * batch.row + s] + now[s] + loss);
      }
      __syncthreads();
      for (std::int64_t s = threadIdx.x; s < one.states; s += blockDim.x) {
        const std::int64_t label = one.label(s);
        bool first = true;
        for (std::int64_t i = s % 2 ? 1 : 0; i < s && first; i += 2) first = one.label(i) != label;
        if (!first) continue;
        double sum = 0;
        for (std::int64_t i = s; i < one.states; i += 2) sum += one.label(i) == label ? occupied[i] : 0;
        out[t * one.step + n * batch.classes + label] = static_cast<T>(-share * sum);
      }
      __syncthreads();
    }
  }
}

unsigned threads_of(const Tensor& log_alpha) {
  unsigned threads = 32;
  while (threads < 1024 && threads < log_alpha.size(2)) threads *= 2;
  return threads;
}

unsigned blocks_of(const Tensor& losses) {
  return static_cast<unsigned>(std::min<std::int64_t>(losses.numel(), 1 << 30));
}

template <class F> void visit_whole(DType dtype, F&& f) {
  if (dtype == float64) f.template operator()<double>();
  else f.template operator()<float>();
}

void ctc_loss_cuda(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                   const Tensor& target_lengths, std::int64_t blank, const Tensor& losses, const Tensor& log_alpha) {
  if (losses.numel() == 0) return;
  visit_whole(log_probs.dtype(), [&]<class T>() {
    launch(ctc_loss_kernel<T>, blocks_of(losses), threads_of(log_alpha), 0,
           batch_of<T>(log_probs, targets, input_lengths, target_lengths, blank, log_alpha), losses.data<T>(),
           log_alpha.data<double>());
  });
}

void ctc_loss_gradient_cuda(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                            const Tensor& target_lengths, std::int64_t blank, const Tensor& log_alpha, const Tensor& g,
                            const Tensor& out) {
  if (out.numel() == 0) return;
  fill(out, 0);
  Tensor scratch = empty({g.numel(), 3, log_alpha.size(2)}, float64, g.device());
  visit_whole(log_probs.dtype(), [&]<class T>() {
    launch(ctc_loss_gradient_kernel<T>, blocks_of(g), threads_of(log_alpha), 0,
           batch_of<T>(log_probs, targets, input_lengths, target_lengths, blank, log_alpha), log_alpha.data<double>(),
           g.data<T>(), scratch.data<double>(), out.data<T>());
  });
}

[[maybe_unused]] const bool registered =
    ctc_loss.on(DeviceType::cuda, ctc_loss_cuda) && ctc_loss_gradient.on(DeviceType::cuda, ctc_loss_gradient_cuda);

}  // namespace
}  // namespace adora::backends::cuda
