#include "../softmax.h"
#include "../loops.h"

#include <cmath>

#include "../math.h"
#include "exp_row.h"
#include "lanes.h"
#include "parallel.h"
#include "strided_rows.h"

namespace adora::backends::cpu {
namespace {

/// y may be x.
template <class C> void softmax_row(const C* x, C* y, std::int64_t n, bool logarithm) {
  C top = row_max(x, n);
  if (logarithm) {
    C shift = top + static_cast<C>(std::log(row_sum_exp(x, n, top)));
    ADORA_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] - shift;
    return;
  }
  constexpr std::int64_t block = 1024;
  double total = 0;
  for (std::int64_t begin = 0; begin < n; begin += block) {
    std::int64_t count = std::min(block, n - begin);
    const C* from = x + begin;
    C* to = y + begin;
    ADORA_INDEPENDENT
    for (std::int64_t i = 0; i < count; ++i) to[i] = math::exp_up_to_0(from[i] - top);
    total += static_cast<double>(lane_sum<C>(count, [&](std::int64_t i) { return to[i]; }));
  }
  C scale = static_cast<C>(1 / total);
  ADORA_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) y[i] *= scale;
}

template <class C> void backward_row(const C* y, const C* g, C* dx, std::int64_t n, bool logarithm) {
  if (logarithm) {
    C total = lane_sum<C>(n, [&](std::int64_t i) { return g[i]; });
    ADORA_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) dx[i] = g[i] - math::exp(y[i]) * total;
    return;
  }
  C dot = lane_sum<C>(n, [&](std::int64_t i) { return g[i] * y[i]; });
  ADORA_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) dx[i] = y[i] * (g[i] - dot);
}

void softmax_cpu(const Tensor& x, const Tensor& y, bool logarithm) {
  std::int64_t n = x.size(-1);
  visit_compute(x.dtype(), [&]<class C>() {
    parallel_for(count_rows(x), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      Rows<C> in(x), out(y);
      for (std::int64_t r = begin; r < end; ++r) {
        softmax_row(in.read(r), out.write(r), n, logarithm);
        out.written(r);
      }
    });
  });
}

void softmax_backward_cpu(const Tensor& y, const Tensor& g, const Tensor& dx, bool logarithm) {
  std::int64_t n = y.size(-1);
  visit_compute(y.dtype(), [&]<class C>() {
    parallel_for(count_rows(y), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      Rows<C> ys(y), gs(g), out(dx);
      for (std::int64_t r = begin; r < end; ++r) {
        backward_row(ys.read(r), gs.read(r), out.write(r), n, logarithm);
        out.written(r);
      }
    });
  });
}

[[maybe_unused]] const bool registered =
    softmax.on(DeviceType::cpu, softmax_cpu) && softmax_backward.on(DeviceType::cpu, softmax_backward_cpu);

}  // namespace
}  // namespace adora::backends::cpu
