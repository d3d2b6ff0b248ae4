#include "../normalize.h"
#include "../loops.h"

#include <cmath>
#include <limits>
#include <optional>

#include "lanes.h"
#include "parallel.h"
#include "strided_rows.h"

namespace adora::backends::cpu {
namespace {

/// Sums over rows for each column: short runs of rows in C, the runs in double.
template <class C> class ColumnSums {
 public:
  explicit ColumnSums(std::int64_t columns)
      : part(static_cast<std::size_t>(columns)), total(static_cast<std::size_t>(columns)) {}
  /// To be called once a row, after it was added to `part`.
  void next_row() {
    if (++rows_ < 64) return;
    flush();
  }
  void flush() {
    for (std::size_t i = 0; i < part.size(); ++i) total[i] += static_cast<double>(part[i]);
    std::fill(part.begin(), part.end(), C(0));
    rows_ = 0;
  }

  std::vector<C> part;
  std::vector<double> total;

 private:
  int rows_ = 0;
};

/// Runs f(begin, end, sums) over the parts of the rows, then writes the sums of all parts to the two outputs that are
/// defined.
template <class C, class F>
void rows_with_sums(std::int64_t rows, std::int64_t n, const Tensor& first_out, const Tensor& second_out, F&& f) {
  struct Part {
    ColumnSums<C> first, second;
  };
  const std::int64_t count = parts_of(rows, row_grain(n));
  std::vector<std::vector<double>> firsts(static_cast<std::size_t>(count)), seconds(firsts.size());
  parallel_for(rows, row_grain(n), [&](std::int64_t begin, std::int64_t end) {
    Part part{ColumnSums<C>(first_out.defined() ? n : 0), ColumnSums<C>(second_out.defined() ? n : 0)};
    f(begin, end, part.first, part.second);
    part.first.flush(), part.second.flush();
    const auto number = static_cast<std::size_t>(this_part(count));
    firsts[number] = std::move(part.first.total);
    seconds[number] = std::move(part.second.total);
  });
  auto write = [&](const Tensor& out, const std::vector<std::vector<double>>& parts) {
    if (!out.defined() || n == 0) return;
    Rows<C> row(out);
    C* to = row.write(0);
    for (std::int64_t i = 0; i < n; ++i) {
      double sum = 0;
      for (const std::vector<double>& part : parts) sum += part.empty() ? 0 : part[static_cast<std::size_t>(i)];
      to[i] = static_cast<C>(sum);
    }
    row.written(0);
  };
  write(first_out, firsts);
  write(second_out, seconds);
}

/// Whether a mean of squares (plus eps) taken in C is one: beyond float's range it is infinite, or NaN where the mean
/// was, and below it squares vanish. It is taken in double then.
template <class C> bool holds(C mean_of_squares) {
  return std::is_same_v<C, double> ||
         (mean_of_squares >= C(0x1p-120) && mean_of_squares <= std::numeric_limits<C>::max());
}

/// 1/√(mean(x²) + eps) of n numbers.
template <class C> C inverse_size(const C* x, std::int64_t n, double eps) {
  const C squares = lane_sum<C>(n, [=](std::int64_t i) { return x[i] * x[i]; });
  const C plain = squares / static_cast<C>(n) + static_cast<C>(eps);
  if (holds(plain)) return C(1) / std::sqrt(plain);
  const double wide = lane_sum<double>(n, [=](std::int64_t i) { return static_cast<double>(x[i]) * x[i]; });
  return static_cast<C>(1 / std::sqrt(wide / static_cast<double>(n) + eps));
}

/// The mean of n numbers, and 1/√(variance + eps) in `scale`. The variance from the differences: Σx² - (Σx)² would
/// cancel where the mean is large.
template <class C> C mean_and_scale(const C* x, std::int64_t n, double eps, C& scale) {
  const C m = lane_sum<C>(n, [=](std::int64_t i) { return x[i]; }) / static_cast<C>(n);
  const C squares = lane_sum<C>(n, [=](std::int64_t i) { return (x[i] - m) * (x[i] - m); });
  const C plain = squares / static_cast<C>(n) + static_cast<C>(eps);
  scale = C(1) / std::sqrt(plain);
  if (holds(plain)) return m;
  const double count = static_cast<double>(n);
  const double wide = lane_sum<double>(n, [=](std::int64_t i) { return static_cast<double>(x[i]); }) / count;
  const double apart = lane_sum<double>(n, [=](std::int64_t i) { return (x[i] - wide) * (x[i] - wide); });
  scale = static_cast<C>(1 / std::sqrt(apart / count + eps));
  return static_cast<C>(wide);
}

void rms_norm_cpu(const Tensor& x, const Tensor& update, const Tensor& weight, const Tensor& sum, const Tensor& y,
                  const Tensor& scale, double eps) {
  if (x.numel() == 0) return;
  std::int64_t n = x.size(-1);
  visit_compute(x.dtype(), [&]<class C>() {
    parallel_for(count_rows(x), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      Rows<C> xs(x), ys(y), ws(weight);
      std::optional<Rows<C>> updates, sums;
      if (update.defined()) updates.emplace(update), sums.emplace(sum);
      const C* w = ws.read(0);
      C* scales = scale.data<C>();
      for (std::int64_t r = begin; r < end; ++r) {
        const C* in = xs.read(r);
        if (updates) {
          const C* more = updates->read(r);
          C* to = sums->write(r);
          ADORA_INDEPENDENT
          for (std::int64_t i = 0; i < n; ++i) to[i] = in[i] + more[i];
          sums->written(r);
          in = sums->read(r);  // as it was rounded
        }
        C* out = ys.write(r);
        const C s = inverse_size(in, n, eps);
        scales[r] = s;
        ADORA_INDEPENDENT
        for (std::int64_t i = 0; i < n; ++i) out[i] = in[i] * s * w[i];
        ys.written(r);
      }
    });
  });
}

// With s = 1/√(mean(x²) + eps), z = x·s and h = g·w: dx = s·(h - z·mean(h·z)) + more, dw = Σ_rows g·z. z is of the
// order of 1 however large or small x is; products of x and of s alone would leave float's range.
template <class C>
void rms_norm_backward_rows(const Tensor& x, const Tensor& weight, const Tensor& scale, const Tensor& g,
                            const Tensor& more, const Tensor& dx, const Tensor& dweight) {
  std::int64_t n = x.size(-1);
  rows_with_sums<C>(count_rows(x), n, dweight, {}, [&](std::int64_t begin, std::int64_t end, auto& dw, auto&) {
    Rows<C> xs(x), ws(weight), gs(g);
    Rows<C> dxs(dx.defined() ? dx : x);
    std::optional<Rows<C>> mores;
    if (dx.defined() && more.defined()) mores.emplace(more);
    const C* w = ws.read(0);
    C* sums = dw.part.data();
    const C* scales = scale.data<C>();
    for (std::int64_t r = begin; r < end; ++r) {
      const C *in = xs.read(r), *up = gs.read(r);
      C s = scales[r];
      if (dx.defined()) {
        C* out = dxs.write(r);
        C hz = lane_sum<C>(n, [=](std::int64_t i) { return up[i] * w[i] * (in[i] * s); }) / static_cast<C>(n);
        ADORA_INDEPENDENT
        for (std::int64_t i = 0; i < n; ++i) out[i] = s * (up[i] * w[i] - in[i] * s * hz);
        if (mores) {
          const C* add = mores->read(r);
          ADORA_INDEPENDENT
          for (std::int64_t i = 0; i < n; ++i) out[i] += add[i];
        }
        dxs.written(r);
      }
      if (!dweight.defined()) continue;
      ADORA_INDEPENDENT
      for (std::int64_t i = 0; i < n; ++i) sums[i] += up[i] * (in[i] * s);
      dw.next_row();
    }
  });
}

void rms_norm_backward_cpu(const Tensor& x, const Tensor& weight, const Tensor& scale, const Tensor& g,
                           const Tensor& more, const Tensor& dx, const Tensor& dweight) {
  if (x.size(-1) == 0) return;
  visit_compute(x.dtype(), [&]<class C>() { rms_norm_backward_rows<C>(x, weight, scale, g, more, dx, dweight); });
}

void layer_norm_cpu(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& y, const Tensor& mean,
                    const Tensor& scale, double eps) {
  if (x.numel() == 0) return;
  std::int64_t n = x.size(-1);
  visit_compute(x.dtype(), [&]<class C>() {
    parallel_for(count_rows(x), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      Rows<C> xs(x), ys(y), ws(weight), bs(bias);
      const C *w = ws.read(0), *b = bs.read(0);
      C *means = mean.data<C>(), *scales = scale.data<C>();
      for (std::int64_t r = begin; r < end; ++r) {
        const C* in = xs.read(r);
        C* out = ys.write(r);
        C s = 0;
        const C m = mean_and_scale(in, n, eps, s);
        means[r] = m, scales[r] = s;
        ADORA_INDEPENDENT
        for (std::int64_t i = 0; i < n; ++i) out[i] = (in[i] - m) * s * w[i] + b[i];
        ys.written(r);
      }
    });
  });
}

// With z = (x - mean)·s and h = g·w: dx = s·(h - mean(h) - z·mean(h·z)), dw = Σ_rows g·z, db = Σ_rows g.
template <class C>
void layer_norm_backward_rows(const Tensor& x, const Tensor& weight, const Tensor& mean, const Tensor& scale,
                              const Tensor& g, const Tensor& dx, const Tensor& dweight, const Tensor& dbias) {
  std::int64_t n = x.size(-1);
  rows_with_sums<C>(count_rows(x), n, dweight, dbias, [&](std::int64_t begin, std::int64_t end, auto& dw, auto& db) {
    Rows<C> xs(x), ws(weight), gs(g);
    Rows<C> dxs(dx.defined() ? dx : x);
    const C* w = ws.read(0);
    C *weight_sums = dw.part.data(), *bias_sums = db.part.data();
    const C *means = mean.data<C>(), *scales = scale.data<C>();
    for (std::int64_t r = begin; r < end; ++r) {
      const C *in = xs.read(r), *up = gs.read(r);
      C s = scales[r], m = means[r];
      if (dx.defined()) {
        C* out = dxs.write(r);
        C h = lane_sum<C>(n, [=](std::int64_t i) { return up[i] * w[i]; }) / static_cast<C>(n);
        C hz = lane_sum<C>(n, [=](std::int64_t i) { return up[i] * w[i] * ((in[i] - m) * s); }) / static_cast<C>(n);
        ADORA_INDEPENDENT
        for (std::int64_t i = 0; i < n; ++i) out[i] = s * (up[i] * w[i] - h - (in[i] - m) * s * hz);
        dxs.written(r);
      }
      if (dweight.defined()) {
        ADORA_INDEPENDENT
        for (std::int64_t i = 0; i < n; ++i) weight_sums[i] += up[i] * ((in[i] - m) * s);
        dw.next_row();
      }
      if (dbias.defined()) {
        ADORA_INDEPENDENT
        for (std::int64_t i = 0; i < n; ++i) bias_sums[i] += up[i];
        db.next_row();
      }
    }
  });
}

void layer_norm_backward_cpu(const Tensor& x, const Tensor& weight, const Tensor& mean, const Tensor& scale,
                             const Tensor& g, const Tensor& dx, const Tensor& dweight, const Tensor& dbias) {
  if (x.size(-1) == 0) return;
  visit_compute(x.dtype(),
                [&]<class C>() { layer_norm_backward_rows<C>(x, weight, mean, scale, g, dx, dweight, dbias); });
}

[[maybe_unused]] const bool registered =
    rms_norm.on(DeviceType::cpu, rms_norm_cpu) && rms_norm_backward.on(DeviceType::cpu, rms_norm_backward_cpu) &&
    layer_norm.on(DeviceType::cpu, layer_norm_cpu) && layer_norm_backward.on(DeviceType::cpu, layer_norm_backward_cpu);

}  // namespace
}  // namespace adora::backends::cpu
