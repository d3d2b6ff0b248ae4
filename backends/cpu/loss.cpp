#include "../loss.h"

#include <cmath>

#include "../basic.h"
#include "exp_row.h"
#include "parallel.h"
#include "scratch.h"

namespace adora::backends::cpu {
namespace {

void loss_weights_cpu(const char* op, const Tensor& targets, std::int64_t ignore_index, std::int64_t classes, bool mean,
                      const Tensor& weights) {
  std::int64_t n = targets.numel(), stride = n ? targets.strides()[0] : 0, count = 0;
  const std::int64_t* target = targets.data<std::int64_t>();
  for (std::int64_t t = 0; t < n; ++t) {
    std::int64_t y = target[t * stride];
    if (y == ignore_index) continue;
    check(y >= 0 && y < classes, "{}: the target at position {} is {}; it must lie in 0 … {} or be the ignore index {}",
          op, t, y, classes - 1, ignore_index);
    ++count;
  }
  double each = mean && count ? 1.0 / static_cast<double>(count) : 1.0;
  visit_floating("loss_weights", weights.dtype(), [&]<class T>() {
    for (std::int64_t t = 0; t < n; ++t) {
      weights.data<T>()[t] = static_cast<T>(static_cast<Compute<T>>(target[t * stride] == ignore_index ? 0 : each));
    }
  });
}

/// The logits' rows for loops: `f(t, row)` on the threads with each row contiguous in the compute type.
template <class T, class F> void for_rows(const Tensor& logits, F&& f) {
  using C = Compute<T>;
  std::int64_t n = logits.size(0), classes = logits.size(1);
  std::int64_t row_stride = logits.strides()[0], stride = logits.strides()[1];
  bool direct = std::is_same_v<T, C> && stride == 1;
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(classes, 1));
  const std::int64_t parts = parts_of(n, grain);
  Tensor scratch = scratch_tensor({parts, direct ? 0 : classes}, dtype_of<C>());
  const T* data = logits.data<T>();
  parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
    C* buffer = direct ? nullptr : scratch.data<C>() + this_part(parts) * classes;
    for (std::int64_t t = begin; t < end; ++t) f(t, load_row(data + t * row_stride, classes, stride, buffer));
  });
}

void cross_entropy_cpu(const Tensor& logits, const Tensor& targets, const Tensor& weights, const Tensor& losses,
                       const Tensor& lse) {
  std::int64_t classes = logits.size(1), target_stride = targets.strides()[0];
  const std::int64_t* target = targets.data<std::int64_t>();
  visit_floating("cross_entropy", logits.dtype(), [&]<class T>() {
    using C = Compute<T>;
    const C* weight = weights.data<C>();
    for_rows<T>(logits, [&](std::int64_t t, const C* row) {
      C most = row_max(row, classes);
      C shift = std::isinf(most) && most < 0 ? C(0) : most;
      lse.data<C>()[t] = shift + static_cast<C>(std::log(row_sum_exp(row, classes, shift)));
      losses.data<C>()[t] = weight[t] == C(0) ? C(0) : weight[t] * (lse.data<C>()[t] - row[target[t * target_stride]]);
    });
  });
}

void cross_entropy_gradient_cpu(const Tensor& logits, const Tensor& targets, const Tensor& weights, const Tensor& lse,
                                const Tensor& out) {
  check(out.is_contiguous(), "cross_entropy_gradient: the output must be contiguous");
  std::int64_t classes = logits.size(1), target_stride = targets.strides()[0];
  const std::int64_t* target = targets.data<std::int64_t>();
  visit_floating("cross_entropy", logits.dtype(), [&]<class T>() {
    using C = Compute<T>;
    for_rows<T>(logits, [&](std::int64_t t, const C* row) {
      C w = weights.data<C>()[t], shift = lse.data<C>()[t];
      std::int64_t y = target[t * target_stride];
      T* result = out.data<T>() + t * classes;
      if (w == C(0) || y < 0 || y >= classes) {
        std::fill_n(result, classes, static_cast<T>(C(0)));
        return;
      }
#pragma omp simd
      for (std::int64_t v = 0; v < classes; ++v) result[v] = static_cast<T>(w * math::exp(row[v] - shift));
      result[y] = static_cast<T>(w * (math::exp(row[y] - shift) - C(1)));
    });
  });
}

[[maybe_unused]] const bool registered = loss_weights.on(DeviceType::cpu, loss_weights_cpu) &&
                                         cross_entropy.on(DeviceType::cpu, cross_entropy_cpu) &&
                                         cross_entropy_gradient.on(DeviceType::cpu, cross_entropy_gradient_cpu);

}  // namespace
}  // namespace adora::backends::cpu
