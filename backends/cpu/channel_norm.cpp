#include "../channel_norm.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "../basic.h"
#include "../loops.h"
#include "convert.h"
#include "lanes.h"
#include "parallel.h"
#include "scratch.h"
#include "strided_rows.h"

/// Everything here is done on contiguous numbers of float or double; other layouts and dtypes are copied.
///
/// A mean and variance are those of several runs of numbers. Where runs are short, channels and places are taken as one
/// row of C·S columns, so that loops run over columns side by side.
namespace adora::backends::cpu {
namespace {

constexpr std::int64_t short_run = 16;

struct Sizes {
  std::int64_t batch, channels, each;
  explicit Sizes(const Tensor& x) : batch(x.size(0)), channels(x.size(1)), each(x.size(2)) {}
  std::int64_t columns() const { return channels * each; }
  bool short_runs() const { return each < short_run; }
};

/// x as contiguous numbers of type C.
template <class C> Tensor as(const Tensor& x) {
  if (x.dtype() == dtype_of<C>()) return contiguous(x);
  Tensor wide = scratch_tensor(x.shape(), dtype_of<C>());
  copy(x, wide);
  return wide;
}
/// Memory for what belongs into x: x itself where it is contiguous and of type C.
template <class C> Tensor target_for(const Tensor& x) {
  if (!x.defined() || (x.dtype() == dtype_of<C>() && x.is_contiguous())) return x;
  return scratch_tensor(x.shape(), dtype_of<C>());
}
void finish(const Tensor& from, const Tensor& to) {
  if (to.defined() && !from.is(to)) copy(from, to);
}

template <class C> std::vector<C> numbers(const Tensor& x, std::int64_t n, double otherwise) {
  std::vector<C> result(static_cast<std::size_t>(n), static_cast<C>(otherwise));
  if (x.defined() && n > 0) load(x.raw(), x.dtype(), x.strides().back(), result.data(), n);
  return result;
}
void put(const std::vector<double>& from, const Tensor& to) {
  if (!to.defined() || from.empty()) return;
  store(from.data(), to.raw(), to.dtype(), to.strides().back(), static_cast<std::int64_t>(from.size()));
}
/// Each of the numbers `times` times, side by side.
template <class C> std::vector<C> repeated(const std::vector<C>& x, std::int64_t times) {
  std::vector<C> result;
  result.reserve(x.size() * static_cast<std::size_t>(times));
  for (C one : x) result.insert(result.end(), static_cast<std::size_t>(times), one);
  return result;
}

/// value(0) + … + value(n - 1), short stretches in C and these in double.
template <class C, class Value> double wide_sum(std::int64_t n, Value&& value) {
  constexpr std::int64_t stretch = 1024;
  if (n < short_run) {
    C sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += value(i);
    return static_cast<double>(sum);
  }
  double total = 0;
  for (std::int64_t begin = 0; begin < n; begin += stretch) {
    total += static_cast<double>(
        lane_sum<C>(std::min(stretch, n - begin), [&](std::int64_t i) { return value(begin + i); }));
  }
  return total;
}

/// Whether squares that were taken in C are within its range: where they left it, up or down, they are taken in double.
template <class C> bool holds(double variance, double eps) {
  return std::is_same_v<C, double> || (variance + eps >= 0x1p-120 && variance <= 0x1p120);
}

struct Moments {
  double mean = 0, variance = 0;
  double scale(double eps) const { return 1 / std::sqrt(variance + eps); }
};

/// Of the `count` numbers in `runs` runs of `length`, `step` apart.
template <class A, class C> Moments moments_in(const C* x, std::int64_t runs, std::int64_t length, std::int64_t step) {
  const double count = static_cast<double>(runs * length);
  Moments m;
  for (std::int64_t k = 0; k < runs; ++k) {
    const C* run = x + k * step;
    m.mean += wide_sum<A>(length, [=](std::int64_t i) { return static_cast<A>(run[i]); });
  }
  m.mean /= count;
  const A middle = static_cast<A>(m.mean);
  for (std::int64_t k = 0; k < runs; ++k) {
    const C* run = x + k * step;
    m.variance += wide_sum<A>(length, [=](std::int64_t i) {
      const A apart = static_cast<A>(run[i]) - middle;
      return apart * apart;
    });
  }
  m.variance /= count;
  return m;
}
template <class C>
Moments moments_of(const C* x, std::int64_t runs, std::int64_t length, std::int64_t step, double eps) {
  const Moments m = moments_in<C>(x, runs, length, step);
  return holds<C>(m.variance, eps) ? m : moments_in<double>(x, runs, length, step);
}

// ---- y = (x - mean)·scale·weight + bias --------------------------------------------------------------------------

template <class C> void normalize_run(const C* x, C* y, std::int64_t n, C mean, C factor, C bias) {
  ADORA_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) y[i] = (x[i] - mean) * factor + bias;
}

/// Groups of channels; a row is a group.
template <class C>
void normalize_groups(const Sizes& of, const C* x, const std::vector<C>& weight, const std::vector<C>& bias, C* y,
                      double* mean, double* variance, std::int64_t groups, double eps) {
  const std::int64_t rows = of.batch * groups, width = of.channels / groups, length = width * of.each;
  const std::vector<C> w = of.short_runs() ? repeated(weight, of.each) : weight;
  const std::vector<C> b = of.short_runs() ? repeated(bias, of.each) : bias;
  parallel_for(rows, row_grain(length), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const C* in = x + r * length;
      C* out = y + r * length;
      const Moments m = moments_of(in, 1, length, 0, eps);
      mean[r] = m.mean, variance[r] = m.variance;
      const C middle = static_cast<C>(m.mean), scale = static_cast<C>(m.scale(eps));
      const std::int64_t group = r % groups;
      if (of.short_runs()) {
        const C *ws = w.data() + group * length, *bs = b.data() + group * length;
        ADORA_INDEPENDENT
        for (std::int64_t i = 0; i < length; ++i) out[i] = (in[i] - middle) * scale * ws[i] + bs[i];
        continue;
      }
      for (std::int64_t k = 0; k < width; ++k) {
        const auto c = static_cast<std::size_t>(group * width + k);
        normalize_run(in + k * of.each, out + k * of.each, of.each, middle, scale * w[c], b[c]);
      }
    }
  });
}

/// Columns side by side of all rows: as many channels with all their places as fit.
constexpr std::int64_t block_columns = 64;

template <class T> using Block = T[block_columns];

/// sums[i] = Σ_r value(r, i) for the columns of a block, short stretches of rows in C and these in double.
template <class C, class Value>
void block_sums(std::int64_t rows, std::int64_t columns, Block<double>& sums, Value&& value) {
  constexpr std::int64_t stretch = 128;
  std::fill_n(sums, columns, 0.0);
  for (std::int64_t begin = 0; begin < rows; begin += stretch) {
    Block<C> part = {};
    for (std::int64_t r = begin; r < std::min(rows, begin + stretch); ++r) {
      ADORA_INDEPENDENT
      for (std::int64_t i = 0; i < columns; ++i) part[i] += value(r, i);
    }
    for (std::int64_t i = 0; i < columns; ++i) sums[i] += static_cast<double>(part[i]);
  }
}

/// The sum of each channel's places in every one of them.
void join_places(Block<double>& sums, std::int64_t columns, std::int64_t each) {
  for (std::int64_t i = 0; i < columns; i += each) {
    double total = 0;
    for (std::int64_t s = 0; s < each; ++s) total += sums[i + s];
    for (std::int64_t s = 0; s < each; ++s) sums[i + s] = total;
  }
}

/// Calls f(first channel, first column, columns) for blocks of channels.
template <class F> void for_blocks(const Sizes& of, F&& f) {
  const std::int64_t wide = std::max<std::int64_t>(1, block_columns / of.each);
  parallel_for((of.channels + wide - 1) / wide, row_grain(of.batch * wide * of.each),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t block = begin; block < end; ++block) {
                   const std::int64_t first = block * wide, count = std::min(wide, of.channels - first);
                   f(first, first * of.each, count * of.each);
                 }
               });
}

template <class A, class C>
void block_moments(const Sizes& of, const C* x, std::int64_t columns, Block<double>& mean, Block<double>& variance) {
  const std::int64_t across = of.columns();
  const double count = static_cast<double>(of.batch * of.each);
  block_sums<A>(of.batch, columns, mean,
                [=](std::int64_t r, std::int64_t i) { return static_cast<A>(x[r * across + i]); });
  join_places(mean, columns, of.each);
  Block<A> middle;
  for (std::int64_t i = 0; i < columns; ++i) mean[i] /= count, middle[i] = static_cast<A>(mean[i]);
  block_sums<A>(of.batch, columns, variance, [=, &middle](std::int64_t r, std::int64_t i) {
    const A apart = static_cast<A>(x[r * across + i]) - middle[i];
    return apart * apart;
  });
  join_places(variance, columns, of.each);
  for (std::int64_t i = 0; i < columns; ++i) variance[i] /= count;
}

template <class C>
void normalize_batch(const Sizes& of, const C* x, const std::vector<C>& weight, const std::vector<C>& bias, C* y,
                     double* mean, double* variance, double eps) {
  const std::int64_t across = of.columns();
  if (of.short_runs()) {
    for_blocks(of, [&](std::int64_t channel, std::int64_t column, std::int64_t columns) {
      Block<double> means, variances;
      block_moments<C>(of, x + column, columns, means, variances);
      bool good = true;
      for (std::int64_t i = 0; i < columns; ++i) good = good && holds<C>(variances[i], eps);
      if (!good) block_moments<double>(of, x + column, columns, means, variances);
      Block<C> middle, factor, shift;
      for (std::int64_t i = 0; i < columns; ++i) {
        const std::int64_t c = channel + i / of.each;
        mean[c] = means[i], variance[c] = variances[i];
        middle[i] = static_cast<C>(means[i]), shift[i] = bias[static_cast<std::size_t>(c)];
        factor[i] = static_cast<C>(Moments{means[i], variances[i]}.scale(eps)) * weight[static_cast<std::size_t>(c)];
      }
      for (std::int64_t r = 0; r < of.batch; ++r) {
        const C* in = x + r * across + column;
        C* out = y + r * across + column;
        ADORA_INDEPENDENT
        for (std::int64_t i = 0; i < columns; ++i) out[i] = (in[i] - middle[i]) * factor[i] + shift[i];
      }
    });
    return;
  }
  parallel_for(of.channels, row_grain(of.batch * of.each), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      const Moments m = moments_of(x + c * of.each, of.batch, of.each, across, eps);
      mean[c] = m.mean, variance[c] = m.variance;
      const auto at = static_cast<std::size_t>(c);
      const C factor = static_cast<C>(m.scale(eps)) * weight[at];
      for (std::int64_t r = 0; r < of.batch; ++r) {
        const std::int64_t offset = r * across + c * of.each;
        normalize_run(x + offset, y + offset, of.each, static_cast<C>(m.mean), factor, bias[at]);
      }
    }
  });
}

void channel_norm_cpu(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& y, const Tensor& mean,
                      const Tensor& variance, std::int64_t groups, double eps) {
  if (x.numel() == 0) return;
  const Sizes of(x);
  visit_compute(x.dtype(), [&]<class C>() {
    const Tensor in = as<C>(x), out = target_for<C>(y);
    const std::vector<C> w = numbers<C>(weight, of.channels, 1), b = numbers<C>(bias, of.channels, 0);
    const C* from = in.data<C>();
    C* to = out.data<C>();
    double *means = mean.data<double>(), *variances = variance.data<double>();
    if (groups > 0) normalize_groups(of, from, w, b, to, means, variances, groups, eps);
    else normalize_batch(of, from, w, b, to, means, variances, eps);
    finish(out, y);
  });
}

void channel_affine_cpu(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& weight,
                        const Tensor& bias, const Tensor& y, double eps) {
  if (x.numel() == 0) return;
  const Sizes of(x);
  visit_compute(x.dtype(), [&]<class C>() {
    const Tensor in = as<C>(x), out = target_for<C>(y);
    const std::vector<double> variances = numbers<double>(variance, of.channels, 1);
    std::vector<C> middle = numbers<C>(mean, of.channels, 0), factor = numbers<C>(weight, of.channels, 1);
    std::vector<C> shift = numbers<C>(bias, of.channels, 0);
    for (std::size_t c = 0; c < factor.size(); ++c) factor[c] *= static_cast<C>(1 / std::sqrt(variances[c] + eps));
    const C* from = in.data<C>();
    C* to = out.data<C>();
    if (!of.short_runs()) {
      parallel_for(of.batch * of.channels, row_grain(of.each), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
          const auto c = static_cast<std::size_t>(r % of.channels);
          normalize_run(from + r * of.each, to + r * of.each, of.each, middle[c], factor[c], shift[c]);
        }
      });
    } else {
      const std::int64_t across = of.columns();
      const std::vector<C> m = repeated(middle, of.each), f = repeated(factor, of.each), s = repeated(shift, of.each);
      const C *ms = m.data(), *fs = f.data(), *ss = s.data();
      parallel_for(of.batch, row_grain(across), [=](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
          const C* row = from + r * across;
          C* result = to + r * across;
          ADORA_INDEPENDENT
          for (std::int64_t i = 0; i < across; ++i) result[i] = (row[i] - ms[i]) * fs[i] + ss[i];
        }
      });
    }
    finish(out, y);
  });
}

void update_running_cpu(const Tensor& running_mean, const Tensor& running_var, const Tensor& mean,
                        const Tensor& variance, double momentum, double correction) {
  auto update = [momentum](const Tensor& running, const Tensor& from, double factor) {
    const std::int64_t rows = from.size(0), channels = from.size(1);
    std::vector<double> now = numbers<double>(running, channels, 0);
    const double* values = from.data<double>();
    for (std::int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (std::int64_t r = 0; r < rows; ++r) sum += values[r * channels + c];
      double& one = now[static_cast<std::size_t>(c)];
      one = (1 - momentum) * one + momentum * factor * sum / static_cast<double>(rows);
    }
    put(now, running);
  };
  update(running_mean, mean, 1), update(running_var, variance, correction);
}

// ---- gradients ---------------------------------------------------------------------------------------------------
//
// With z = (x - mean)·scale and h = g·weight: dx = scale·(h - mean(h) - z·mean(h·z)), dweight = Σ g·z, dbias = Σ g,
// the means over what shared a mean and a variance. Where these were given, dx = scale·h.

/// dx and the sums over places, of one kind of numbers.
template <class C> struct Gradients {
  const Sizes of;
  const C *x, *g;
  C* dx;  ///< null where it is not wanted
  const std::vector<C> weight;
  std::vector<double> dweight, dbias;  ///< [C]
  double eps;
};

template <class C>
void gradient_run(const C* x, const C* g, C* dx, std::int64_t n, C mean, C scale, C factor, C mean_h, C mean_hz) {
  ADORA_INDEPENDENT
  for (std::int64_t i = 0; i < n; ++i) dx[i] = g[i] * factor - scale * (mean_h + (x[i] - mean) * scale * mean_hz);
}

/// Σ g and Σ g·z of a run.
template <class C> struct RunSums {
  double g = 0, gz = 0;
  RunSums(const C* x, const C* up, std::int64_t n, C mean, C scale)
      : g(wide_sum<C>(n, [=](std::int64_t i) { return up[i]; })),
        gz(wide_sum<C>(n, [=](std::int64_t i) { return up[i] * ((x[i] - mean) * scale); })) {}
};

template <class C>
void gradients_of_groups(Gradients<C>& task, const double* mean, const double* variance, std::int64_t groups) {
  const Sizes& of = task.of;
  const std::int64_t rows = of.batch * groups, width = of.channels / groups, length = width * of.each;
  const double count = static_cast<double>(length);
  const std::vector<C> w = of.short_runs() ? repeated(task.weight, of.each) : task.weight;
  // Each part of the rows adds up by columns: by channels, or by channels and places where these are few.
  const std::size_t columns = w.size();
  const std::int64_t parts = parts_of(rows, row_grain(length));
  std::vector<std::vector<double>> sums_g(static_cast<std::size_t>(parts)), sums_gz(sums_g.size());
  parallel_for(rows, row_grain(length), [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> by_g(columns), by_gz(columns);
    for (std::int64_t r = begin; r < end; ++r) {
      const C *in = task.x + r * length, *up = task.g + r * length;
      const C m = static_cast<C>(mean[r]), s = static_cast<C>(Moments{mean[r], variance[r]}.scale(task.eps));
      const std::int64_t group = r % groups;
      C* out = task.dx ? task.dx + r * length : nullptr;
      double h = 0, hz = 0;
      if (of.short_runs()) {
        const C* ws = w.data() + group * length;
        double *to_g = by_g.data() + group * length, *to_gz = by_gz.data() + group * length;
        for (std::int64_t i = 0; i < length; ++i) {
          to_g[i] += static_cast<double>(up[i]);
          to_gz[i] += static_cast<double>(up[i] * ((in[i] - m) * s));
        }
        if (!out) continue;
        h = wide_sum<C>(length, [=](std::int64_t i) { return up[i] * ws[i]; });
        hz = wide_sum<C>(length, [=](std::int64_t i) { return up[i] * ws[i] * ((in[i] - m) * s); });
        const C mean_h = static_cast<C>(h / count), mean_hz = static_cast<C>(hz / count);
        ADORA_INDEPENDENT
        for (std::int64_t i = 0; i < length; ++i) out[i] = s * (up[i] * ws[i] - mean_h - (in[i] - m) * s * mean_hz);
        continue;
      }
      for (std::int64_t k = 0; k < width; ++k) {
        const auto c = static_cast<std::size_t>(group * width + k);
        const RunSums<C> sums(in + k * of.each, up + k * of.each, of.each, m, s);
        by_g[c] += sums.g, by_gz[c] += sums.gz;
        h += static_cast<double>(w[c]) * sums.g, hz += static_cast<double>(w[c]) * sums.gz;
      }
      for (std::int64_t k = 0; out && k < width; ++k) {
        const C factor = s * w[static_cast<std::size_t>(group * width + k)];
        gradient_run(in + k * of.each, up + k * of.each, out + k * of.each, of.each, m, s, factor,
                     static_cast<C>(h / count), static_cast<C>(hz / count));
      }
    }
    const auto part = static_cast<std::size_t>(this_part(parts));
    sums_g[part] = std::move(by_g), sums_gz[part] = std::move(by_gz);
  });
  const std::size_t each = columns / static_cast<std::size_t>(of.channels);
  for (std::size_t part = 0; part < sums_g.size(); ++part) {
    for (std::size_t i = 0; i < sums_g[part].size(); ++i) {
      task.dbias[i / each] += sums_g[part][i], task.dweight[i / each] += sums_gz[part][i];
    }
  }
}

/// Of numbers whose mean and variance are each channel's over all of the batch; with `given` they do not depend on x.
template <class C>
void gradients_of_batch(Gradients<C>& task, const std::vector<double>& mean, const std::vector<double>& variance,
                        bool given) {
  const Sizes& of = task.of;
  const std::int64_t across = of.columns();
  const double count = static_cast<double>(of.batch * of.each);
  auto scale_of = [&](std::int64_t c) {
    const auto at = static_cast<std::size_t>(c);
    return static_cast<C>(Moments{mean[at], variance[at]}.scale(task.eps));
  };
  if (of.short_runs()) {
    for_blocks(of, [&](std::int64_t channel, std::int64_t column, std::int64_t columns) {
      const C *x = task.x + column, *g = task.g + column;
      Block<C> m, s, factor, mean_h, mean_hz;
      for (std::int64_t i = 0; i < columns; ++i) {
        const std::int64_t c = channel + i / of.each;
        m[i] = static_cast<C>(mean[static_cast<std::size_t>(c)]), s[i] = scale_of(c);
      }
      Block<double> sums_g, sums_gz;
      block_sums<C>(of.batch, columns, sums_g, [=](std::int64_t r, std::int64_t i) { return g[r * across + i]; });
      block_sums<C>(of.batch, columns, sums_gz, [=, &m, &s](std::int64_t r, std::int64_t i) {
        return g[r * across + i] * ((x[r * across + i] - m[i]) * s[i]);
      });
      join_places(sums_g, columns, of.each), join_places(sums_gz, columns, of.each);
      for (std::int64_t i = 0; i < columns; ++i) {
        const auto c = static_cast<std::size_t>(channel + i / of.each);
        task.dbias[c] = sums_g[i], task.dweight[c] = sums_gz[i];
        factor[i] = s[i] * task.weight[c];
        mean_h[i] = given ? C(0) : static_cast<C>(sums_g[i] / count) * factor[i];
        mean_hz[i] = given ? C(0) : static_cast<C>(sums_gz[i] / count) * factor[i];
      }
      for (std::int64_t r = 0; task.dx && r < of.batch; ++r) {
        const C *in = x + r * across, *up = g + r * across;
        C* out = task.dx + column + r * across;
        ADORA_INDEPENDENT
        for (std::int64_t i = 0; i < columns; ++i)
          out[i] = up[i] * factor[i] - mean_h[i] - (in[i] - m[i]) * s[i] * mean_hz[i];
      }
    });
    return;
  }
  parallel_for(of.channels, row_grain(of.batch * of.each), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      const auto at = static_cast<std::size_t>(c);
      const C m = static_cast<C>(mean[at]), s = scale_of(c), w = task.weight[at];
      double sum_g = 0, sum_gz = 0;
      for (std::int64_t r = 0; r < of.batch; ++r) {
        const std::int64_t offset = r * across + c * of.each;
        const RunSums<C> sums(task.x + offset, task.g + offset, of.each, m, s);
        sum_g += sums.g, sum_gz += sums.gz;
      }
      task.dbias[at] = sum_g, task.dweight[at] = sum_gz;
      const C mean_h = given ? C(0) : static_cast<C>(sum_g / count) * w;
      const C mean_hz = given ? C(0) : static_cast<C>(sum_gz / count) * w;
      for (std::int64_t r = 0; task.dx && r < of.batch; ++r) {
        const std::int64_t offset = r * across + c * of.each;
        gradient_run(task.x + offset, task.g + offset, task.dx + offset, of.each, m, s, s * w, mean_h, mean_hz);
      }
    }
  });
}

/// Runs f(task) on the numbers in the type they are computed in, and puts the results in their places.
template <class F>
void compute_gradients(const Tensor& x, const Tensor& weight, const Tensor& g, const Tensor& dx, const Tensor& dweight,
                       const Tensor& dbias, double eps, F&& f) {
  const Sizes of(x);
  visit_compute(x.dtype(), [&]<class C>() {
    const Tensor in = as<C>(x), up = as<C>(g), out = target_for<C>(dx);
    const std::vector<double> zeros(static_cast<std::size_t>(of.channels));
    Gradients<C> task{
        of,    in.data<C>(), up.data<C>(), out.defined() ? out.data<C>() : nullptr, numbers<C>(weight, of.channels, 1),
        zeros, zeros,        eps};
    if (x.numel() > 0) f(task);
    finish(out, dx);
    put(task.dweight, dweight);
    put(task.dbias, dbias);
  });
}

void channel_norm_backward_cpu(const Tensor& x, const Tensor& weight, const Tensor& mean, const Tensor& variance,
                               const Tensor& g, const Tensor& dx, const Tensor& dweight, const Tensor& dbias,
                               std::int64_t groups, double eps) {
  compute_gradients(x, weight, g, dx, dweight, dbias, eps, [&](auto& task) {
    if (groups > 0) return gradients_of_groups(task, mean.data<double>(), variance.data<double>(), groups);
    gradients_of_batch(task, numbers<double>(mean, x.size(1), 0), numbers<double>(variance, x.size(1), 1), false);
  });
}

void channel_affine_backward_cpu(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& weight,
                                 const Tensor& g, const Tensor& dx, const Tensor& dweight, const Tensor& dbias,
                                 double eps) {
  compute_gradients(x, weight, g, dx, dweight, dbias, eps, [&](auto& task) {
    gradients_of_batch(task, numbers<double>(mean, x.size(1), 0), numbers<double>(variance, x.size(1), 1), true);
  });
}

[[maybe_unused]] const bool registered = channel_norm.on(DeviceType::cpu, channel_norm_cpu) &&
                                         channel_norm_backward.on(DeviceType::cpu, channel_norm_backward_cpu) &&
                                         channel_affine.on(DeviceType::cpu, channel_affine_cpu) &&
                                         channel_affine_backward.on(DeviceType::cpu, channel_affine_backward_cpu) &&
                                         update_running.on(DeviceType::cpu, update_running_cpu);

}  // namespace
}  // namespace adora::backends::cpu
