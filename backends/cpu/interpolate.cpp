#include "../interpolate.h"

#include <vector>

#include "planes.h"

namespace adora::backends::cpu {
namespace {

/// Where a number comes from along an axis, and the neighbors' shares.
template <class T> struct Source {
  std::int64_t low, high;
  T of_low, of_high;
};

/// The sources of every number, and the sizes of a plane.
template <class T> struct Sources {
  std::vector<Source<T>> of[3];
  std::int64_t out = 1, image = 1, height, width;

  explicit Sources(const Resized& resized) : height(resized.axis[1].in), width(resized.axis[2].in) {
    for (int d = 0; d < 3; ++d) {
      const ResizedAxis& axis = resized.axis[d];
      out *= axis.out, image *= axis.in;
      for (std::int64_t o = 0; o < axis.out; ++o) {
        const ResizedAxis::Source s = axis.source(o);
        of[d].push_back({s.low, s.high, static_cast<T>(1 - s.part), static_cast<T>(s.part)});
      }
    }
  }

  /// Calls f(row, offset, share) for the rows of the image that a row of the result comes from.
  template <class F> void each_row(F&& f) const {
    for (std::size_t row = 0; row < of[0].size() * of[1].size(); ++row) {
      const Source<T>&d = of[0][row / of[1].size()], &h = of[1][row % of[1].size()];
      for (const auto& [i0, s0] : {std::pair(d.low, d.of_low), std::pair(d.high, d.of_high)}) {
        if (s0 == T(0)) continue;
        for (const auto& [i1, s1] : {std::pair(h.low, h.of_low), std::pair(h.high, h.of_high)}) {
          if (s1 != T(0)) f(row, (i0 * height + i1) * width, s0 * s1);
        }
      }
    }
  }
};

template <class T> void resize_planes(const Tensor& x, const Tensor& out, const Resized& resized) {
  const Sources<T> sources(resized);
  const T* from = x.data<T>();
  T* to = out.data<T>();
  parallel_for(planes_of(x), plane_grain(sources.out), [&](std::int64_t begin, std::int64_t end) {
    const std::vector<Source<T>>& along = sources.of[2];
    for (std::int64_t p = begin; p < end; ++p) {
      const T* plane = from + p * sources.image;
      T* result = to + p * sources.out;
      std::fill_n(result, sources.out, T(0));
      sources.each_row([&](std::size_t row, std::int64_t offset, T share) {
        const T* numbers = plane + offset;
        T* sums = result + row * along.size();
        for (std::size_t o = 0; o < along.size(); ++o) {
          const Source<T>& s = along[o];
          // A share of 0 is none, also of what is infinite.
          const T number = s.of_high == T(0) ? numbers[s.low] : s.of_low * numbers[s.low] + s.of_high * numbers[s.high];
          sums[o] += share * number;
        }
      });
    }
  });
}

template <class T> void gradient_planes(const Tensor& g, const Tensor& dx, const Resized& resized) {
  const Sources<T> sources(resized);
  const T* from = g.data<T>();
  T* to = dx.data<T>();
  parallel_for(planes_of(dx), plane_grain(sources.out), [&](std::int64_t begin, std::int64_t end) {
    const std::vector<Source<T>>& along = sources.of[2];
    for (std::int64_t p = begin; p < end; ++p) {
      T* plane = to + p * sources.image;
      const T* gradient = from + p * sources.out;
      std::fill_n(plane, sources.image, T(0));
      sources.each_row([&](std::size_t row, std::int64_t offset, T share) {
        T* sums = plane + offset;
        const T* numbers = gradient + row * along.size();
        for (std::size_t o = 0; o < along.size(); ++o) {
          const Source<T>& s = along[o];
          const T number = share * numbers[o];
          sums[s.low] += s.of_low * number;
          if (s.of_high != T(0)) sums[s.high] += s.of_high * number;
        }
      });
    }
  });
}

void interpolate_cpu(const Tensor& x, const Tensor& out, const Resized& resized) {
  computed_wide(out, [&]<class T>(const Tensor& y) { resize_planes<T>(widened(x), y, resized); });
}

void interpolate_gradient_cpu(const Tensor& g, const Tensor& dx, const Resized& resized) {
  computed_wide(dx, [&]<class T>(const Tensor& y) { gradient_planes<T>(widened(g), y, resized); });
}

[[maybe_unused]] const bool registered = interpolate.on(DeviceType::cpu, interpolate_cpu) &&
                                         interpolate_gradient.on(DeviceType::cpu, interpolate_gradient_cpu);

}  // namespace
}  // namespace adora::backends::cpu
