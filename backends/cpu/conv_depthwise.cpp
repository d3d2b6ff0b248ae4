#include <cstring>
#include <optional>
#include <vector>

#include "columns.h"
#include "conv_sizes.h"
#include "parallel.h"
#include "vector_bytes.h"

// Where windows lie side by side along a row, x is first copied with the padding that they see. Then each tap is a plane
// like that of the windows, only shifted, and a register of sums meets all taps before it is put down.
namespace adora::backends::cpu {
namespace {

template <class T> struct Lanes {
  static constexpr std::int64_t count = vector_bytes / static_cast<std::int64_t>(sizeof(T));
  typedef T Vector __attribute__((vector_size(vector_bytes)));
  static Vector load(const T* x) {
    Vector v;
    std::memcpy(&v, x, sizeof v);
    return v;
  }
};

/// Windows of stride 1, or the same windows seen from the places they look at: taps that lie at o + first + tap·step.
struct ShiftedAxis {
  std::int64_t in, out, kernel, first, step;

  static ShiftedAxis of(const WindowAxis& a) { return {a.in, a.out, a.kernel, -a.padding, a.dilation}; }
  static ShiftedAxis transposed(const WindowAxis& a) { return {a.out, a.in, a.kernel, a.padding, -a.dilation}; }

  /// The lowest place that a tap looks at, and how many there are from it on to the highest.
  std::int64_t low() const { return first + std::min<std::int64_t>(0, (kernel - 1) * step); }
  std::int64_t span() const { return out + (kernel - 1) * std::abs(step); }
  /// Where a tap's first window looks, counted from `low`.
  std::int64_t at(std::int64_t tap) const { return first + tap * step - low(); }
};

/// A plane with what taps see around it, and where in it each tap begins.
template <class T> class PaddedPlane {
 public:
  explicit PaddedPlane(const ShiftedAxis (&axes)[3]) : axes_{axes[0], axes[1], axes[2]} {
    // A register may read beyond the last row's end.
    numbers_.resize(static_cast<std::size_t>(axes[0].span() * axes[1].span() * axes[2].span() + Lanes<T>::count));
    for (std::int64_t k0 = 0; k0 < axes[0].kernel; ++k0)
      for (std::int64_t k1 = 0; k1 < axes[1].kernel; ++k1)
        for (std::int64_t k2 = 0; k2 < axes[2].kernel; ++k2) taps_.push_back(at(axes[0].at(k0), axes[1].at(k1), axes[2].at(k2)));
  }

  /// Copies a plane into the padding, which stays 0.
  void fill(const T* plane) {
    const auto& [a0, a1, a2] = axes_;
    const std::int64_t begin = std::max<std::int64_t>(0, a2.low()), end = std::min(a2.in, a2.low() + a2.span());
    for (std::int64_t i0 = std::max<std::int64_t>(0, a0.low()); i0 < std::min(a0.in, a0.low() + a0.span()); ++i0) {
      for (std::int64_t i1 = std::max<std::int64_t>(0, a1.low()); i1 < std::min(a1.in, a1.low() + a1.span()); ++i1) {
        if (begin < end)
          copy_run(plane + (i0 * a1.in + i1) * a2.in + begin, end - begin,
                   numbers_.data() + at(i0 - a0.low(), i1 - a1.low(), begin - a2.low()));
      }
    }
  }

  /// Where the taps of the windows begin, of which row number `row` lies `row_at(row)` further.
  const std::vector<std::int64_t>& taps() const { return taps_; }
  const T* row(std::int64_t row) const {
    return numbers_.data() + at(row / axes_[1].out, row % axes_[1].out, 0);
  }

 private:
  std::int64_t at(std::int64_t i0, std::int64_t i1, std::int64_t i2) const {
    return (i0 * axes_[1].span() + i1) * axes_[2].span() + i2;
  }
  ShiftedAxis axes_[3];
  std::vector<T> numbers_;
  std::vector<std::int64_t> taps_;
};

/// sums[window] += Σ_tap factors[tap]·what the tap sees.
template <class T>
void add_taps(const PaddedPlane<T>& plane, const ShiftedAxis (&axes)[3], const T* factors, T* sums) {
  using L = Lanes<T>;
  const std::int64_t width = axes[2].out, taps = static_cast<std::int64_t>(plane.taps().size());
  const std::int64_t* at = plane.taps().data();
  for (std::int64_t row = 0; row < axes[0].out * axes[1].out; ++row, sums += width) {
    const T* from = plane.row(row);
    for (std::int64_t j = 0; j < width; j += L::count) {
      typename L::Vector sum{};
      ADORA_UNROLL(4)
      for (std::int64_t tap = 0; tap < taps; ++tap) sum += factors[tap] * L::load(from + at[tap] + j);
      T added[L::count];
      std::memcpy(added, &sum, sizeof sum);
      const std::int64_t count = std::min(L::count, width - j);
      for (std::int64_t l = 0; l < count; ++l) sums[j + l] += added[l];
    }
  }
}

/// totals[tap] += Σ_window g[window]·what the tap sees, `together` taps at a time.
template <std::int64_t together, class T>
void add_products(const PaddedPlane<T>& plane, const ShiftedAxis (&axes)[3], const T* g, std::int64_t first,
                  double* totals) {
  using L = Lanes<T>;
  const std::int64_t width = axes[2].out;
  const std::int64_t* at = plane.taps().data() + first;
  typename L::Vector sums[together] = {};
  for (std::int64_t row = 0; row < axes[0].out * axes[1].out; ++row, g += width) {
    const T* from = plane.row(row);
    std::int64_t j = 0;
    for (; j + L::count <= width; j += L::count) {
      const typename L::Vector factor = L::load(g + j);
      for (std::int64_t t = 0; t < together; ++t) sums[t] += factor * L::load(from + at[t] + j);
    }
    if (j == width) continue;
    typename L::Vector factor{};
    std::memcpy(&factor, g + j, static_cast<std::size_t>(width - j) * sizeof(T));
    for (std::int64_t t = 0; t < together; ++t) {
      typename L::Vector x{};
      std::memcpy(&x, from + at[t] + j, static_cast<std::size_t>(width - j) * sizeof(T));
      sums[t] += factor * x;
    }
  }
  for (std::int64_t t = 0; t < together; ++t)
    for (std::int64_t l = 0; l < L::count; ++l) totals[first + t] += static_cast<double>(sums[t][l]);
}

// ---- windows of other strides, tap by tap ------------------------------------------------------------------------

/// Calls f(tap, window, count, at, step) for the runs of a tap's windows within a row that see the image: `count`, from
/// number `window` on, the first at place `at`, the next ones `step` further.
template <class F> void tap_rows(const Windows& w, F&& f) {
  std::int64_t tap = 0;
  each_tap(w, [&](std::int64_t k0, std::int64_t k1, std::int64_t k2) {
    const WindowAxis &a0 = w.axis[0], &a1 = w.axis[1], &a2 = w.axis[2];
    const std::int64_t first = a2.first_inside(k2), count = a2.end_inside(k2) - first;
    for (std::int64_t o0 = a0.first_inside(k0); count > 0 && o0 < a0.end_inside(k0); ++o0) {
      for (std::int64_t o1 = a1.first_inside(k1); o1 < a1.end_inside(k1); ++o1) {
        f(tap, (o0 * a1.out + o1) * a2.out + first, count,
          (a0.place(o0, k0) * a1.in + a1.place(o1, k1)) * a2.in + a2.place(first, k2), a2.stride);
      }
    }
    ++tap;
  });
}

bool side_by_side(const Windows& w) {
  return w.axis[0].stride == 1 && w.axis[1].stride == 1 && w.axis[2].stride == 1;
}

template <class T> T bias_of(const T* bias, std::int64_t channel) { return bias ? bias[channel] : T(0); }

}  // namespace

template <class T> void depthwise_conv(const ConvSizes& c, const T* x, const T* weight, const T* bias, T* out) {
  const std::int64_t tasks = c.images * c.groups, taps = c.w.taps();
  parallel_for(tasks, conv_grain(c.outputs * c.rows * c.windows), [&](std::int64_t begin, std::int64_t end) {
    const ShiftedAxis axes[] = {ShiftedAxis::of(c.w.axis[0]), ShiftedAxis::of(c.w.axis[1]),
                                ShiftedAxis::of(c.w.axis[2])};
    std::optional<PaddedPlane<T>> padded;
    if (side_by_side(c.w)) padded.emplace(axes);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t n = i / c.groups, g = i % c.groups;
      T* planes = out + c.out_at(n, g);
      for (std::int64_t o = 0; o < c.outputs; ++o)
        std::fill_n(planes + o * c.windows, c.windows, bias_of(bias, g * c.outputs + o));
      for (std::int64_t channel = 0; channel < c.channels; ++channel) {
        const T* plane = x + c.x_at(n, g) + channel * c.image;
        if (padded) padded->fill(plane);
        for (std::int64_t o = 0; o < c.outputs; ++o) {
          const T* factors = weight + c.weight_at(g) + o * c.rows + channel * taps;
          T* sums = planes + o * c.windows;
          if (padded) {
            add_taps(*padded, axes, factors, sums);
            continue;
          }
          tap_rows(c.w, [&](std::int64_t tap, std::int64_t window, std::int64_t count, std::int64_t at,
                            std::int64_t step) {
            for (std::int64_t j = 0; j < count; ++j) sums[window + j] += factors[tap] * plane[at + j * step];
          });
        }
      }
    }
  });
}

template <class T>
void depthwise_input_gradient(const ConvSizes& c, const T* g, const T* weight, const T* bias, T* dx) {
  const std::int64_t tasks = c.images * c.groups, taps = c.w.taps();
  parallel_for(tasks, conv_grain(c.outputs * c.rows * c.windows), [&](std::int64_t begin, std::int64_t end) {
    const ShiftedAxis axes[] = {ShiftedAxis::transposed(c.w.axis[0]), ShiftedAxis::transposed(c.w.axis[1]),
                                ShiftedAxis::transposed(c.w.axis[2])};
    std::optional<PaddedPlane<T>> padded;
    if (side_by_side(c.w)) padded.emplace(axes);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t n = i / c.groups, group = i % c.groups;
      T* planes = dx + c.x_at(n, group);
      for (std::int64_t channel = 0; channel < c.channels; ++channel)
        std::fill_n(planes + channel * c.image, c.image, bias_of(bias, group * c.channels + channel));
      for (std::int64_t o = 0; o < c.outputs; ++o) {
        const T* plane = g + c.out_at(n, group) + o * c.windows;
        if (padded) padded->fill(plane);
        for (std::int64_t channel = 0; channel < c.channels; ++channel) {
          const T* factors = weight + c.weight_at(group) + o * c.rows + channel * taps;
          T* sums = planes + channel * c.image;
          if (padded) {
            add_taps(*padded, axes, factors, sums);
            continue;
          }
          tap_rows(c.w, [&](std::int64_t tap, std::int64_t window, std::int64_t count, std::int64_t at,
                            std::int64_t step) {
            for (std::int64_t j = 0; j < count; ++j) sums[at + j * step] += factors[tap] * plane[window + j];
          });
        }
      }
    }
  });
}

template <class T> void depthwise_weight_gradient(const ConvSizes& c, const T* x, const T* g, T* dweight) {
  const std::int64_t taps = c.w.taps();
  parallel_for(c.groups, conv_grain(c.images * c.outputs * c.rows * c.windows),
               [&](std::int64_t begin, std::int64_t end) {
                 const ShiftedAxis axes[] = {ShiftedAxis::of(c.w.axis[0]), ShiftedAxis::of(c.w.axis[1]),
                                             ShiftedAxis::of(c.w.axis[2])};
                 std::optional<PaddedPlane<T>> padded;
                 if (side_by_side(c.w)) padded.emplace(axes);
                 std::vector<double> totals(static_cast<std::size_t>(c.outputs * c.rows));
                 for (std::int64_t group = begin; group < end; ++group) {
                   std::fill(totals.begin(), totals.end(), 0.0);
                   for (std::int64_t i = 0; i < c.images * c.channels; ++i) {
                     const std::int64_t n = i / c.channels, channel = i % c.channels;
                     const T* plane = x + c.x_at(n, group) + channel * c.image;
                     if (padded) padded->fill(plane);
                     for (std::int64_t o = 0; o < c.outputs; ++o) {
                       const T* of = g + c.out_at(n, group) + o * c.windows;
                       double* sums = totals.data() + o * c.rows + channel * taps;
                       if (padded) {
                         std::int64_t tap = 0;
                         for (; tap + 9 <= taps; tap += 9) add_products<9>(*padded, axes, of, tap, sums);
                         for (; tap + 4 <= taps; tap += 4) add_products<4>(*padded, axes, of, tap, sums);
                         for (; tap < taps; ++tap) add_products<1>(*padded, axes, of, tap, sums);
                         continue;
                       }
                       tap_rows(c.w, [&](std::int64_t tap, std::int64_t window, std::int64_t count, std::int64_t at,
                                         std::int64_t step) {
                         T sum = 0;
                         for (std::int64_t j = 0; j < count; ++j) sum += plane[at + j * step] * of[window + j];
                         sums[tap] += static_cast<double>(sum);
                       });
                     }
                   }
                   T* to = dweight + c.weight_at(group);
                   for (std::size_t k = 0; k < totals.size(); ++k) to[k] = static_cast<T>(totals[k]);
                 }
               });
}

template void depthwise_conv(const ConvSizes&, const float*, const float*, const float*, float*);
template void depthwise_conv(const ConvSizes&, const double*, const double*, const double*, double*);
template void depthwise_input_gradient(const ConvSizes&, const float*, const float*, const float*, float*);
template void depthwise_input_gradient(const ConvSizes&, const double*, const double*, const double*, double*);
template void depthwise_weight_gradient(const ConvSizes&, const float*, const float*, float*);
template void depthwise_weight_gradient(const ConvSizes&, const double*, const double*, double*);

}  // namespace adora::backends::cpu
