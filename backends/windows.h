#pragma once
#include <cstdint>

#include "../core/host_device.h"

namespace adora::backends {

/// Windows that slide along one axis of an image: tap number `tap` of window number `o` lies at `place(o, tap)`; what
/// is not in 0 … in - 1 is padding.
struct WindowAxis {
  std::int64_t in = 1;        ///< places of the image
  std::int64_t out = 1;       ///< windows
  std::int64_t kernel = 1;    ///< taps of a window
  std::int64_t stride = 1;    ///< places between neighboring windows
  std::int64_t padding = 0;   ///< places before the image's first where the first window begins
  std::int64_t dilation = 1;  ///< places between neighboring taps

  ADORA_HD std::int64_t place(std::int64_t o, std::int64_t tap) const { return o * stride - padding + tap * dilation; }
  /// The windows first … end - 1 have a tap at place i or pass over it; a tap where `tap_at` gives one.
  ADORA_HD std::int64_t first_over(std::int64_t i) const {
    const std::int64_t most = i + padding - (kernel - 1) * dilation;
    return most > 0 ? (most + stride - 1) / stride : 0;
  }
  ADORA_HD std::int64_t end_over(std::int64_t i) const {
    const std::int64_t end = (i + padding) / stride + 1;
    return end < out ? end : out;
  }
  /// The tap of window o, one of those over i, that lies at i; -1 where i is between two.
  ADORA_HD std::int64_t tap_at(std::int64_t o, std::int64_t i) const {
    const std::int64_t from_first = i + padding - o * stride;
    return from_first % dilation == 0 ? from_first / dilation : -1;
  }
  /// Of tap number `tap`, the windows first … end - 1 do not lie in the padding.
  ADORA_HD std::int64_t first_inside(std::int64_t tap) const {
    const std::int64_t before = padding - tap * dilation;
    const std::int64_t first = before > 0 ? (before + stride - 1) / stride : 0;
    return first < out ? first : out;
  }
  ADORA_HD std::int64_t end_inside(std::int64_t tap) const {
    const std::int64_t last = in - 1 + padding - tap * dilation;
    const std::int64_t end = last < 0 ? 0 : last / stride + 1, first = first_inside(tap);
    return end < first ? first : end < out ? end : out;
  }
};

/// Windows over images of three axes; images of fewer have leading axes of one place.
struct Windows {
  WindowAxis axis[3];

  /// The number of places of an image, of windows over it, and of taps of a window.
  ADORA_HD std::int64_t image() const { return axis[0].in * axis[1].in * axis[2].in; }
  ADORA_HD std::int64_t count() const { return axis[0].out * axis[1].out * axis[2].out; }
  ADORA_HD std::int64_t taps() const { return axis[0].kernel * axis[1].kernel * axis[2].kernel; }
  /// Whether every window is just its own place.
  bool pointwise() const {
    bool all = true;
    for (const WindowAxis& a : axis) all = all && a.kernel == 1 && a.stride == 1 && a.padding == 0 && a.in == a.out;
    return all;
  }
};

}  // namespace adora::backends
