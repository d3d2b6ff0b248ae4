#include "../cdist.h"

#include "../basic.h"
#include "../distance_formula.h"
#include "device_code.h"

namespace adora::backends::cuda {
namespace {

/// A thread for each distance. a [B, rows, features] and b [B, others, features], contiguous.
template <class T, class Norm>
__global__ void cdist_kernel(const Norm norm, const T* a, const T* b, std::int64_t count, std::int64_t rows,
                             std::int64_t others, std::int64_t features, T* out) {
  for (std::int64_t k = global_thread(); k < count; k += global_threads()) {
    const std::int64_t i = k / others, j = k - i * others;
    const T *x = a + i * features, *y = b + (i / rows * others + j) * features;
    double total = 0;
    for (std::int64_t m = 0; m < features; ++m) total += static_cast<double>(norm.term(x[m] - y[m]));
    out[k] = norm.root(static_cast<T>(total));
  }
}

/// A thread for each number of x1. distance and g [B, rows, others], contiguous.
template <class T, class Norm>
__global__ void cdist_gradient_kernel(const Norm norm, const T* a, const T* b, const T* distance, const T* g,
                                      std::int64_t count, std::int64_t rows, std::int64_t others, std::int64_t features,
                                      T* out) {
  for (std::int64_t k = global_thread(); k < count; k += global_threads()) {
    const std::int64_t i = k / features, m = k - i * features;
    const T x = a[k], *y = b + i / rows * others * features + m;
    double total = 0;
    for (std::int64_t j = 0; j < others; ++j) {
      const T weight = g[i * others + j] * norm.weight(distance[i * others + j]);
      total += static_cast<double>(weight * norm.slope(x - y[j * features]));
    }
    out[k] = static_cast<T>(total);
  }
}

template <class F> void visit_whole(DType dtype, F&& f) {
  if (dtype == float64) f.template operator()<double>();
  else f.template operator()<float>();
}

void cdist_cuda(const Tensor& x1, const Tensor& x2, double p, const Tensor& out) {
  if (out.numel() == 0) return;
  const Tensor a = contiguous(x1), b = contiguous(x2);
  visit_whole(out.dtype(), [&]<class T>() {
    visit_norm(p, [&](auto norm) {
      launch(cdist_kernel<T, decltype(norm)>, blocks_for(out.numel()), block_threads, 0, norm, a.data<T>(), b.data<T>(),
             out.numel(), x1.size(1), x2.size(1), x1.size(2), out.data<T>());
    });
  });
}

void cdist_gradient_cuda(const Tensor& x1, const Tensor& x2, double p, const Tensor& distance, const Tensor& g,
                         const Tensor& out) {
  if (out.numel() == 0) return;
  const Tensor a = contiguous(x1), b = contiguous(x2), far = contiguous(distance), upstream = contiguous(g);
  visit_whole(out.dtype(), [&]<class T>() {
    visit_norm(p, [&](auto norm) {
      launch(cdist_gradient_kernel<T, decltype(norm)>, blocks_for(out.numel()), block_threads, 0, norm, a.data<T>(),
             b.data<T>(), far.data<T>(), upstream.data<T>(), out.numel(), x1.size(1), x2.size(1), x1.size(2),
             out.data<T>());
    });
  });
}

[[maybe_unused]] const bool registered =
    cdist.on(DeviceType::cuda, cdist_cuda) && cdist_gradient.on(DeviceType::cuda, cdist_gradient_cuda);

}  // namespace
}  // namespace adora::backends::cuda
