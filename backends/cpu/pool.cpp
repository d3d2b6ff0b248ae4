#include "../pool.h"

#include <limits>
#include <vector>

#include "planes.h"

namespace adora::backends::cpu {
namespace {

/// The windows along the axes.
template <class T> struct Places {
  std::vector<PlaceRange> of[3];
  std::vector<T> counts[3];  ///< how many each counts; empty for a maximum
  std::int64_t out, image, steps;

  explicit Places(const PoolWindows& w, bool mean = false) : out(w.windows.count()), image(w.windows.image()) {
    steps = std::max(out, image);
    for (int d = 0; d < 3; ++d) {
      for (std::int64_t o = 0; o < w.windows.axis[d].out; ++o) {
        of[d].push_back(w.places(d, o));
        if (mean) counts[d].push_back(static_cast<T>(w.divisor ? 1 : w.counted(d, o)));
      }
    }
  }
};

/// Calls f(window, o0, o1, o2) for the windows of a plane, row by row, with their numbers along the axes.
template <class T, class F> void each_window(const Places<T>& places, F&& f) {
  std::int64_t window = 0;
  for (std::size_t o0 = 0; o0 < places.of[0].size(); ++o0)
    for (std::size_t o1 = 0; o1 < places.of[1].size(); ++o1)
      for (std::size_t o2 = 0; o2 < places.of[2].size(); ++o2) f(window++, o0, o1, o2);
}

template <class T> void max_planes(const Tensor& x, const Tensor& out, const Tensor& indices, const PoolWindows& w) {
  const Places<T> places(w);
  const T* from = x.data<T>();
  T* to = out.data<T>();
  std::int64_t* found = indices.defined() ? indices.data<std::int64_t>() : nullptr;
  const std::int64_t width = w.windows.axis[2].in, height = w.windows.axis[1].in;
  parallel_for(planes_of(x), plane_grain(places.steps), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      const T* plane = from + p * places.image;
      each_window(places, [&](std::int64_t window, std::size_t o0, std::size_t o1, std::size_t o2) {
        const PlaceRange &d = places.of[0][o0], &h = places.of[1][o1], &v = places.of[2][o2];
        T best = -std::numeric_limits<T>::infinity();
        std::int64_t at = (d.first * height + h.first) * width + v.first;
        for (std::int64_t i0 = d.first; i0 < d.end; i0 += d.step) {
          for (std::int64_t i1 = h.first; i1 < h.end; i1 += h.step) {
            const std::int64_t row = (i0 * height + i1) * width;
            for (std::int64_t i2 = v.first; i2 < v.end; i2 += v.step) {
              const T number = plane[row + i2];
              if (number > best || number != number) best = number, at = row + i2;
            }
          }
        }
        to[p * places.out + window] = best;
        if (found) found[p * places.out + window] = at;
      });
    }
  });
}

template <class T> void max_gradient_planes(const Tensor& g, const Tensor& indices, const Tensor& dx) {
  const std::int64_t planes = planes_of(dx), image = planes ? dx.numel() / planes : 0;
  const std::int64_t windows = planes ? g.numel() / planes : 0;
  const T* from = g.data<T>();
  const auto* at = indices.data<std::int64_t>();
  T* to = dx.data<T>();
  parallel_for(planes, plane_grain(image), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      std::fill_n(to + p * image, image, T(0));
      for (std::int64_t o = p * windows; o < (p + 1) * windows; ++o) to[p * image + at[o]] += from[o];
    }
  });
}

constexpr std::int64_t few = 16;  ///< numbers that are summed up before the sum is widened

template <class T> void avg_planes(const Tensor& x, const Tensor& out, const PoolWindows& w) {
  const Places<T> places(w, true);
  const T* from = x.data<T>();
  T* to = out.data<T>();
  const std::int64_t width = w.windows.axis[2].in, height = w.windows.axis[1].in;
  const T divisor = w.divisor ? static_cast<T>(w.divisor) : T(1);
  parallel_for(planes_of(x), plane_grain(places.steps), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      const T* plane = from + p * places.image;
      each_window(places, [&](std::int64_t window, std::size_t o0, std::size_t o1, std::size_t o2) {
        const PlaceRange &d = places.of[0][o0], &h = places.of[1][o1], &v = places.of[2][o2];
        double sum = 0;
        for (std::int64_t i0 = d.first; i0 < d.end; ++i0) {
          for (std::int64_t i1 = h.first; i1 < h.end; ++i1) {
            const T* row = plane + (i0 * height + i1) * width;
            for (std::int64_t at = v.first; at < v.end; at += few) {
              T part = 0;
              for (std::int64_t i2 = at; i2 < std::min(at + few, v.end); ++i2) part += row[i2];
              sum += static_cast<double>(part);
            }
          }
        }
        to[p * places.out + window] =
            static_cast<T>(sum) / (places.counts[0][o0] * places.counts[1][o1] * places.counts[2][o2] * divisor);
      });
    }
  });
}

template <class T> void avg_gradient_planes(const Tensor& g, const Tensor& dx, const PoolWindows& w) {
  const Places<T> places(w, true);
  const T* from = g.data<T>();
  T* to = dx.data<T>();
  const std::int64_t width = w.windows.axis[2].in, height = w.windows.axis[1].in;
  const T divisor = w.divisor ? static_cast<T>(w.divisor) : T(1);
  parallel_for(planes_of(dx), plane_grain(places.steps), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      T* plane = to + p * places.image;
      std::fill_n(plane, places.image, T(0));
      each_window(places, [&](std::int64_t window, std::size_t o0, std::size_t o1, std::size_t o2) {
        const PlaceRange &d = places.of[0][o0], &h = places.of[1][o1], &v = places.of[2][o2];
        const T share = from[p * places.out + window] /
                        (places.counts[0][o0] * places.counts[1][o1] * places.counts[2][o2] * divisor);
        for (std::int64_t i0 = d.first; i0 < d.end; ++i0) {
          for (std::int64_t i1 = h.first; i1 < h.end; ++i1) {
            T* row = plane + (i0 * height + i1) * width;
            for (std::int64_t i2 = v.first; i2 < v.end; ++i2) row[i2] += share;
          }
        }
      });
    }
  });
}

void max_pool_cpu(const Tensor& x, const Tensor& out, const Tensor& indices, const PoolWindows& w) {
  computed_wide(out, [&]<class T>(const Tensor& y) { max_planes<T>(widened(x), y, indices, w); });
}

void max_pool_gradient_cpu(const Tensor& g, const Tensor& indices, const Tensor& dx, const PoolWindows&) {
  computed_wide(dx, [&]<class T>(const Tensor& y) { max_gradient_planes<T>(widened(g), indices, y); });
}

void avg_pool_cpu(const Tensor& x, const Tensor& out, const PoolWindows& w) {
  computed_wide(out, [&]<class T>(const Tensor& y) { avg_planes<T>(widened(x), y, w); });
}

void avg_pool_gradient_cpu(const Tensor& g, const Tensor& dx, const PoolWindows& w) {
  computed_wide(dx, [&]<class T>(const Tensor& y) { avg_gradient_planes<T>(widened(g), y, w); });
}

[[maybe_unused]] const bool registered =
    max_pool.on(DeviceType::cpu, max_pool_cpu) && max_pool_gradient.on(DeviceType::cpu, max_pool_gradient_cpu) &&
    avg_pool.on(DeviceType::cpu, avg_pool_cpu) && avg_pool_gradient.on(DeviceType::cpu, avg_pool_gradient_cpu);

}  // namespace
}  // namespace adora::backends::cpu
