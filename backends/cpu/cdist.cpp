#include "../cdist.h"

#include <algorithm>
#include <vector>

#include "../basic.h"
#include "../distance_formula.h"
#include "parallel.h"

namespace adora::backends::cpu {
namespace {

constexpr std::int64_t block = 256;         // columns at once
constexpr std::int64_t terms_at_once = 64;  // summed in the type itself, and those sums in float64
constexpr std::int64_t least_work = 1 << 14;

/// x [B, R, M] as contiguous [B, M, R], so that loops over rows of x run along memory.
Tensor columns_of(const Tensor& x) { return contiguous(x.with_layout(x.layout().transposed(1, 2))); }

template <class T, class Norm> void run(const Norm& norm, const Tensor& x1, const Tensor& x2, const Tensor& out) {
  const std::int64_t rows = x1.size(1), features = x1.size(2), others = x2.size(1);
  const Tensor left = contiguous(x1), right = columns_of(x2);
  const T *a = left.data<T>(), *b = right.data<T>();
  T* y = out.data<T>();
  const std::int64_t grain = std::max<std::int64_t>(1, least_work / std::max<std::int64_t>(1, others * features));
  parallel_for(x1.size(0) * rows, grain, [&](std::int64_t begin, std::int64_t end) {
    T sum[block];
    double total[block];
    for (std::int64_t i = begin; i < end; ++i) {
      const T *row = a + i * features, *columns = b + i / rows * features * others;
      for (std::int64_t first = 0; first < others; first += block) {
        const std::int64_t count = std::min(block, others - first);
        std::fill_n(total, count, 0.0);
        for (std::int64_t m = 0; m < features; m += terms_at_once) {
          std::fill_n(sum, count, T(0));
          for (std::int64_t k = m; k < std::min(m + terms_at_once, features); ++k) {
            const T x = row[k], *column = columns + k * others + first;
#pragma omp simd
            for (std::int64_t j = 0; j < count; ++j) sum[j] += norm.term(x - column[j]);
          }
          for (std::int64_t j = 0; j < count; ++j) total[j] += static_cast<double>(sum[j]);
        }
        for (std::int64_t j = 0; j < count; ++j) y[i * others + first + j] = norm.root(static_cast<T>(total[j]));
      }
    }
  });
}

template <class T, class Norm>
void run_gradient(const Norm& norm, const Tensor& x1, const Tensor& x2, const Tensor& distance, const Tensor& g,
                  const Tensor& out) {
  const std::int64_t rows = x1.size(1), features = x1.size(2), others = x2.size(1);
  const Tensor left = contiguous(x1), right = columns_of(x2), far = contiguous(distance), upstream = contiguous(g);
  const T *a = left.data<T>(), *b = right.data<T>(), *d = far.data<T>(), *u = upstream.data<T>();
  T* dx = out.data<T>();
  const std::int64_t grain = std::max<std::int64_t>(1, least_work / std::max<std::int64_t>(1, others * features));
  parallel_for(x1.size(0) * rows, grain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> weights(static_cast<std::size_t>(others));
    T* weight = weights.data();
    for (std::int64_t i = begin; i < end; ++i) {
      const T* columns = b + i / rows * features * others;
      for (std::int64_t j = 0; j < others; ++j) weight[j] = u[i * others + j] * norm.weight(d[i * others + j]);
      for (std::int64_t m = 0; m < features; ++m) {
        const T x = a[i * features + m], *column = columns + m * others;
        double total = 0;
        for (std::int64_t first = 0; first < others; first += block) {
          T sum = T(0);
#pragma omp simd reduction(+ : sum)
          for (std::int64_t j = first; j < std::min(first + block, others); ++j)
            sum += weight[j] * norm.slope(x - column[j]);
          total += static_cast<double>(sum);
        }
        dx[i * features + m] = static_cast<T>(total);
      }
    }
  });
}

template <class F> void visit_whole(DType dtype, F&& f) {
  if (dtype == float64) f.template operator()<double>();
  else f.template operator()<float>();
}

void cdist_cpu(const Tensor& x1, const Tensor& x2, double p, const Tensor& out) {
  if (out.numel() == 0) return;
  visit_whole(out.dtype(), [&]<class T>() { visit_norm(p, [&](auto norm) { run<T>(norm, x1, x2, out); }); });
}

void cdist_gradient_cpu(const Tensor& x1, const Tensor& x2, double p, const Tensor& distance, const Tensor& g,
                        const Tensor& out) {
  if (out.numel() == 0) return;
  visit_whole(out.dtype(),
              [&]<class T>() { visit_norm(p, [&](auto norm) { run_gradient<T>(norm, x1, x2, distance, g, out); }); });
}

[[maybe_unused]] const bool registered =
    cdist.on(DeviceType::cpu, cdist_cpu) && cdist_gradient.on(DeviceType::cpu, cdist_gradient_cpu);

}  // namespace
}  // namespace adora::backends::cpu
