#include <algorithm>
#include <limits>

#include "../../core/cuda.h"
#include "../basic.h"
#include "../loss.h"
#include "../math.h"
#include "device_code.h"
#include "packs.h"
#include "recording.h"

namespace adora::backends::cuda {
namespace {

// ---- what each token counts ------------------------------------------------------------------------------------

/// found = {how many of the n targets are not ignored, the first that is no class, or n, and what it is}; one block.
__global__ void check_targets_kernel(const std::int64_t* targets, std::int64_t stride, std::int64_t n,
                                     std::int64_t ignore_index, std::int64_t classes, std::int64_t* found) {
  std::int64_t count = 0, bad = n;
  for (std::int64_t t = threadIdx.x; t < n; t += blockDim.x) {
    const std::int64_t y = targets[t * stride];
    if (y == ignore_index) continue;
    ++count;
    if ((y < 0 || y >= classes) && t < bad) bad = t;
  }
  count = block_sum(count);
  bad = block_reduce(bad, n, Smaller());
  if (threadIdx.x == 0) found[0] = count, found[1] = bad, found[2] = bad < n ? targets[bad * stride] : 0;
}

/// weights[t] = 0 where the target is ignored or no class, else 1, or with `mean` 1 over the count that `found` begins
/// with. Notes a target that is no class.
__global__ void loss_weights_kernel(const std::int64_t* targets, std::int64_t stride, std::int64_t n,
                                    std::int64_t ignore_index, std::int64_t classes, bool mean,
                                    const std::int64_t* found, void* weights, DType dtype, const char* op,
                                    Fault* fault) {
  const double each = mean && found[0] ? 1.0 / static_cast<double>(found[0]) : 1.0;
  for (std::int64_t t = global_thread(); t < n; t += global_threads()) {
    const std::int64_t y = targets[t * stride];
    const bool bad = y != ignore_index && (y < 0 || y >= classes);
    if (bad && fault) fault->op = op, fault->index = y;
    store(weights, dtype, t, y == ignore_index || bad ? 0.0 : each);
  }
}

void loss_weights_cuda(const char* op, const Tensor& targets, std::int64_t ignore_index, std::int64_t classes,
                       bool mean, const Tensor& weights) {
  const std::int64_t n = targets.numel();
  if (n == 0) return;
  const std::int64_t stride = targets.strides()[0], *target = targets.data<std::int64_t>();
  Tensor found = empty({3}, int64, targets.device());
  launch(check_targets_kernel, 1, 1024, 0, target, stride, n, ignore_index, classes, found.data<std::int64_t>());
  const bool recording = adora::cuda::recording();
  launch(loss_weights_kernel, blocks_for(n), block_threads, 0, target, stride, n, ignore_index, classes, mean,
         found.data<std::int64_t>(), weights.raw(), weights.dtype(), op, recording ? fault_on_device() : nullptr);
  if (recording) return;
  const std::vector<std::int64_t> numbers = to_vector<std::int64_t>(found);
  const std::int64_t bad = numbers[1];
  check(bad == n, "{}: the target at position {} is {}; it must lie in 0 … {} or be the ignore index {}", op, bad,
        numbers[2], classes - 1, ignore_index);
}

// ---- the losses ------------------------------------------------------------------------------------------------

/// Logits [rows, classes], with V neighbors read at once.
template <class T, int V> struct Logits {
  const T* data;
  std::int64_t rows, classes, row_stride, stride;

  __device__ Pack<T, V> pack(std::int64_t row, std::int64_t p) const {
    return *reinterpret_cast<const Pack<T, V>*>(data + row * row_stride + p * V * stride);
  }
};

/// lse[t] = log Σ_v exp(logits[t, v]) and losses[t] = weights[t]·(lse[t] - logits[t, targets[t]]), a block a row. Each
/// row is read once: each thread scales its sum anew where its maximum grows (Milakov and Gimelshein 2018).
template <class T, int V>
__global__ void cross_entropy_kernel(const Logits<T, V> logits, const std::int64_t* targets, std::int64_t target_stride,
                                     const Compute<T>* weights, Compute<T>* losses, Compute<T>* lse) {
  using C = Compute<T>;
  constexpr C lowest = -std::numeric_limits<C>::infinity();
  constexpr int at_once = V == 4 ? 2 : 4;  // packs whose reads wait for memory together
  const std::int64_t packs = logits.classes / V;
  for (std::int64_t t = blockIdx.x; t < logits.rows; t += gridDim.x) {
    C most = lowest;
    double total = 0;  // Σ exp(logit - most)
    for (std::int64_t first = threadIdx.x; first < packs; first += at_once * blockDim.x) {
      C x[at_once][V], top = most;
#pragma unroll
      for (int j = 0; j < at_once; ++j) {
        const std::int64_t p = first + j * static_cast<std::int64_t>(blockDim.x);
        if (p < packs) {
          const auto pack = logits.pack(t, p);
#pragma unroll
          for (int k = 0; k < V; ++k) x[j][k] = static_cast<C>(pack.value[k]);
        } else {
#pragma unroll
          for (int k = 0; k < V; ++k) x[j][k] = lowest;
        }
      }
      C sum = 0;
#pragma unroll
      for (int j = 0; j < at_once * V; ++j) top = LargerNumber()(top, x[j / V][j % V]);
      const C shift = top == lowest ? C(0) : top;
#pragma unroll
      for (int j = 0; j < at_once * V; ++j) sum += math::exp(x[j / V][j % V] - shift);
      if (top > most && most != lowest) total *= static_cast<double>(math::exp(most - top));
      total += static_cast<double>(sum);
      most = top;
    }
    const C top = block_reduce(most, lowest, LargerNumber());
    if (most != lowest) total *= static_cast<double>(math::exp(most - top));
    total = block_sum(total);
    if (threadIdx.x == 0) {
      const C result = (top == lowest ? C(0) : top) + static_cast<C>(math::log(total)), w = weights[t];
      lse[t] = result;
      losses[t] = C(0);
      if (w != C(0)) {
        const T wanted = logits.data[t * logits.row_stride + targets[t * target_stride] * logits.stride];
        losses[t] = w * (result - static_cast<C>(wanted));
      }
    }
  }
}

/// out[t, v] = weights[t]·(exp(logits[t, v] - lse[t]) - [v = targets[t]]), zeros where the weight is 0 or the target no
/// class; out [rows, classes] contiguous. A thread a pack; `small` where 32 bits count these.
template <class T, int V>
__global__ void cross_entropy_gradient_kernel(const Logits<T, V> logits, const std::int64_t* targets,
                                              std::int64_t target_stride, const Compute<T>* weights,
                                              const Compute<T>* lse, T* out, bool small) {
  using C = Compute<T>;
  const std::int64_t packs = logits.classes / V, all = logits.rows * packs;
  for (std::int64_t i = global_thread(); i < all; i += global_threads()) {
    const std::int64_t t = small ? static_cast<unsigned>(i) / static_cast<unsigned>(packs) : i / packs;
    const std::int64_t p = i - t * packs, y = targets[t * target_stride];
    const C w = weights[t], shift = lse[t];
    const bool counts = w != C(0) && y >= 0 && y < logits.classes;
    auto pack = logits.pack(t, p);
#pragma unroll
    for (int k = 0; k < V; ++k) {
      const C e = math::exp(static_cast<C>(pack.value[k]) - shift) - (p * V + k == y ? C(1) : C(0));
      pack.value[k] = T(counts ? w * e : C(0));
    }
    reinterpret_cast<Pack<T, V>*>(out)[i] = pack;
  }
}

/// Calls f(Logits<T, V>) with the widest packs that x, and `out` where it is defined, can be taken in.
template <class F> void for_logits(const Tensor& x, const Tensor& out, F&& f) {
  const std::int64_t rows = x.size(0), classes = x.size(1), row_stride = x.strides()[0], stride = x.strides()[1];
  visit_floating("cross_entropy", x.dtype(), [&]<class T>() {
    const T* data = x.data<T>();
    auto on_boundary = [](const void* at) { return reinterpret_cast<std::uintptr_t>(at) % alignof(Four<T>) == 0; };
    const bool fours = stride == 1 && classes % 4 == 0 && row_stride % 4 == 0 && on_boundary(data) &&
                       (!out.defined() || on_boundary(out.raw()));
    if (fours) f(Logits<T, 4>{data, rows, classes, row_stride, stride});
    else f(Logits<T, 1>{data, rows, classes, row_stride, stride});
  });
}

void cross_entropy_cuda(const Tensor& logits, const Tensor& targets, const Tensor& weights, const Tensor& losses,
                        const Tensor& lse) {
  for_logits(logits, {}, [&]<class T, int V>(const Logits<T, V>& x) {
    using C = Compute<T>;
    unsigned threads = 32;
    while (threads < 1024 && threads * 8 < x.classes / V) threads *= 2;
    const auto blocks = static_cast<unsigned>(std::min<std::int64_t>(x.rows, 1 << 30));
    launch(cross_entropy_kernel<T, V>, blocks, threads, 0, x, targets.data<std::int64_t>(), targets.strides()[0],
           weights.data<C>(), losses.data<C>(), lse.data<C>());
  });
}

void cross_entropy_gradient_cuda(const Tensor& logits, const Tensor& targets, const Tensor& weights, const Tensor& lse,
                                 const Tensor& out) {
  check(out.is_contiguous(), "cross_entropy_gradient: the output must be contiguous");
  if (out.numel() == 0) return;
  for_logits(logits, out, [&]<class T, int V>(const Logits<T, V>& x) {
    using C = Compute<T>;
    const std::int64_t packs = x.rows * (x.classes / V);
    launch(cross_entropy_gradient_kernel<T, V>, blocks_for(packs), block_threads, 0, x, targets.data<std::int64_t>(),
           targets.strides()[0], weights.data<C>(), lse.data<C>(), out.data<T>(), packs <= 0xffffffffLL);
  });
}

[[maybe_unused]] const bool registered = loss_weights.on(DeviceType::cuda, loss_weights_cuda) &&
                                         cross_entropy.on(DeviceType::cuda, cross_entropy_cuda) &&
                                         cross_entropy_gradient.on(DeviceType::cuda, cross_entropy_gradient_cuda);

}  // namespace
}  // namespace adora::backends::cuda
