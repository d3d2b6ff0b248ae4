#include <cstring>
#include <optional>
#include <vector>

#include "../loops.h"
#include "columns.h"
#include "conv_sizes.h"
#include "parallel.h"
#include "vector_bytes.h"

// Where windows lie side by side along a row, x is first copied with the padding that they see. Then each tap is a
// plane like that of the windows, only shifted, and a register of sums meets all taps before it is put down.
namespace adora::backends::cpu {
namespace {

template <class T> struct Lanes {
  static_assert(vector_bytes / sizeof(T) <= PaddedPlane<T>::slack);
  static constexpr std::int64_t count = vector_bytes / static_cast<std::int64_t>(sizeof(T));
  typedef T Vector __attribute__((vector_size(vector_bytes)));
  static Vector load(const T* x) {
    Vector v;
    std::memcpy(&v, x, sizeof v);
    return v;
  }
};

/// sums[window] += Σ_tap factors[tap]·what the tap sees.
template <class T> void add_taps(const PaddedPlane<T>& plane, const T* factors, T* sums) {
  using L = Lanes<T>;
  const std::int64_t width = plane.width(), taps = static_cast<std::int64_t>(plane.taps().size());
  const std::int64_t* at = plane.taps().data();
  for (std::int64_t row : plane.rows()) {
    const T* from = plane.data() + row;
    for (std::int64_t j = 0; j < width; j += L::count) {
      typename L::Vector sum{};
      ADORA_UNROLL(4)
      for (std::int64_t tap = 0; tap < taps; ++tap) sum += factors[tap] * L::load(from + at[tap] + j);
      T added[L::count];
      std::memcpy(added, &sum, sizeof sum);
      const std::int64_t count = std::min(L::count, width - j);
      for (std::int64_t l = 0; l < count; ++l) sums[j + l] += added[l];
    }
    sums += width;
  }
}

/// totals[tap] += Σ_window g[window]·what the tap sees, `together` taps at a time.
template <std::int64_t together, class T>
void add_products(const PaddedPlane<T>& plane, const T* g, std::int64_t first, double* totals) {
  using L = Lanes<T>;
  const std::int64_t width = plane.width();
  const std::int64_t* at = plane.taps().data() + first;
  typename L::Vector sums[together] = {};
  for (std::int64_t row : plane.rows()) {
    const T *from = plane.data() + row, *of = g;
    g += width;
    std::int64_t j = 0;
    for (; j + L::count <= width; j += L::count) {
      const typename L::Vector factor = L::load(of + j);
      for (std::int64_t t = 0; t < together; ++t) sums[t] += factor * L::load(from + at[t] + j);
    }
    if (j == width) continue;
    typename L::Vector factor{};
    std::memcpy(&factor, of + j, static_cast<std::size_t>(width - j) * sizeof(T));
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

bool side_by_side(const Windows& w) { return w.axis[0].stride == 1 && w.axis[1].stride == 1 && w.axis[2].stride == 1; }

template <class T> T bias_of(const T* bias, std::int64_t channel) { return bias ? bias[channel] : T(0); }

}  // namespace

template <class T> void depthwise_conv(const ConvSizes& c, const T* x, const T* weight, const T* bias, T* out) {
  const std::int64_t tasks = c.images * c.groups, taps = c.w.taps();
  parallel_for(tasks, conv_grain(c.outputs * c.rows * c.windows), [&](std::int64_t begin, std::int64_t end) {
    std::optional<PaddedPlane<T>> padded;
    if (side_by_side(c.w)) padded.emplace(TapAxes::of(c.w));
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
            add_taps(*padded, factors, sums);
            continue;
          }
          tap_rows(c.w,
                   [&](std::int64_t tap, std::int64_t window, std::int64_t count, std::int64_t at, std::int64_t step) {
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
    std::optional<PaddedPlane<T>> padded;
    if (side_by_side(c.w)) padded.emplace(TapAxes::transposed(c.w));
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
            add_taps(*padded, factors, sums);
            continue;
          }
          tap_rows(c.w,
                   [&](std::int64_t tap, std::int64_t window, std::int64_t count, std::int64_t at, std::int64_t step) {
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
                 std::optional<PaddedPlane<T>> padded;
                 if (side_by_side(c.w)) padded.emplace(TapAxes::of(c.w));
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
                         for (; tap + 9 <= taps; tap += 9) add_products<9>(*padded, of, tap, sums);
                         for (; tap + 4 <= taps; tap += 4) add_products<4>(*padded, of, tap, sums);
                         for (; tap < taps; ++tap) add_products<1>(*padded, of, tap, sums);
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
