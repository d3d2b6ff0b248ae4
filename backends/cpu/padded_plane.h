#pragma once
#include <cstdlib>
#include <vector>

#include "../windows.h"
#include "runs.h"

namespace adora::backends::cpu {

/// Windows along one axis, told by where their taps look: at o·stride + first + tap·step.
struct TapAxis {
  std::int64_t in, out, kernel, stride, first, step;

  static TapAxis of(const WindowAxis& a) { return {a.in, a.out, a.kernel, a.stride, -a.padding, a.dilation}; }
  /// Of windows of stride 1: from the places to the windows that look at them.
  static TapAxis transposed(const WindowAxis& a) { return {a.out, a.in, a.kernel, 1, a.padding, -a.dilation}; }

  /// The lowest place that a tap looks at, and how many there are from it on to the highest.
  std::int64_t low() const { return first + std::min<std::int64_t>(0, (kernel - 1) * step); }
  std::int64_t span() const { return (out - 1) * stride + (kernel - 1) * std::abs(step) + 1; }
  /// Where a tap looks first, counted from `low`.
  std::int64_t at(std::int64_t tap) const { return first + tap * step - low(); }
  /// The places that are looked at and not padding.
  std::int64_t begin() const { return std::max<std::int64_t>(0, low()); }
  std::int64_t end() const { return std::min(in, low() + span()); }
};

/// The axes of a transposed view, or of the windows themselves.
struct TapAxes {
  TapAxis axis[3];
  static TapAxes of(const Windows& w) {
    return {{TapAxis::of(w.axis[0]), TapAxis::of(w.axis[1]), TapAxis::of(w.axis[2])}};
  }
  static TapAxes transposed(const Windows& w) {
    return {{TapAxis::transposed(w.axis[0]), TapAxis::transposed(w.axis[1]), TapAxis::transposed(w.axis[2])}};
  }
};

/// What windows see of a plane, with the padding that they see around it. There a tap's row of windows is a row of
/// memory that begins at data() + taps()[tap] + rows()[row]. `slack` numbers may be read beyond the last.
template <class T> class PaddedPlane {
 public:
  static constexpr std::int64_t slack = 16;

  explicit PaddedPlane(const TapAxes& axes) : axes_(axes) {
    const auto& [a0, a1, a2] = axes_.axis;
    numbers_.resize(static_cast<std::size_t>(a0.span() * a1.span() * a2.span() + slack));
    for (std::int64_t k0 = 0; k0 < a0.kernel; ++k0)
      for (std::int64_t k1 = 0; k1 < a1.kernel; ++k1)
        for (std::int64_t k2 = 0; k2 < a2.kernel; ++k2) taps_.push_back(offset(a0.at(k0), a1.at(k1), a2.at(k2)));
    for (std::int64_t o0 = 0; o0 < a0.out; ++o0)
      for (std::int64_t o1 = 0; o1 < a1.out; ++o1) rows_.push_back(offset(o0 * a0.stride, o1 * a1.stride, 0));
  }

  const std::vector<std::int64_t>& taps() const { return taps_; }
  const std::vector<std::int64_t>& rows() const { return rows_; }
  T* data() { return numbers_.data(); }
  const T* data() const { return numbers_.data(); }
  /// Windows of a row.
  std::int64_t width() const { return axes_.axis[2].out; }

  /// Copies a plane into the padding, which is 0.
  void fill(const T* plane) {
    each_row(
        [&](std::int64_t at, std::int64_t count, std::int64_t here) { copy_run(plane + at, count, data() + here); });
  }
  /// Sets everything to 0.
  void clear() { std::fill(numbers_.begin(), numbers_.end(), T(0)); }
  /// Adds what is in place of the plane to it.
  void add_to(T* plane) const {
    each_row(
        [&](std::int64_t at, std::int64_t count, std::int64_t here) { add_run(data() + here, count, plane + at); });
  }

 private:
  std::int64_t offset(std::int64_t i0, std::int64_t i1, std::int64_t i2) const {
    return (i0 * axes_.axis[1].span() + i1) * axes_.axis[2].span() + i2;
  }
  template <class F> void each_row(F&& f) const {
    const TapAxis a0 = axes_.axis[0], a1 = axes_.axis[1], a2 = axes_.axis[2];
    const std::int64_t count = a2.end() - a2.begin();
    for (std::int64_t i0 = a0.begin(); i0 < a0.end() && count > 0; ++i0) {
      for (std::int64_t i1 = a1.begin(); i1 < a1.end(); ++i1)
        f((i0 * a1.in + i1) * a2.in + a2.begin(), count, offset(i0 - a0.low(), i1 - a1.low(), a2.begin() - a2.low()));
    }
  }

  TapAxes axes_;
  std::vector<T> numbers_;
  std::vector<std::int64_t> taps_, rows_;
};

}  // namespace adora::backends::cpu
