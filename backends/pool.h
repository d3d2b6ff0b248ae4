#pragma once
#include "kernel.h"
#include "windows.h"

/// Pooling over windows of images. Images are [N, C, D, H, W], contiguous, floating; windows are as in conv.h, or
/// `adaptive`: window number o along an axis then goes from ⌊o·in / out⌋ to ⌈(o + 1)·in / out⌉, whatever its kernel,
/// stride and padding say. What lies in the padding is left out.
namespace adora::backends {

/// The places of a window along one axis that are not padding: first, first + step, … below end.
struct PlaceRange {
  std::int64_t first, end, step;
};

struct PoolWindows {
  Windows windows;
  bool adaptive = false;
  bool count_include_pad = true;  ///< for means: whether padding counts, as far as it goes behind the image as before
  std::int64_t divisor = 0;       ///< for means: what sums are divided by, where that is not 0

  ADORA_HD PlaceRange places(int axis, std::int64_t o) const {
    const WindowAxis& a = windows.axis[axis];
    if (adaptive) return {o * a.in / a.out, ((o + 1) * a.in + a.out - 1) / a.out, 1};
    std::int64_t first = a.place(o, 0), end = a.place(o, a.kernel - 1) + 1;
    if (first < 0) first += (-first + a.dilation - 1) / a.dilation * a.dilation;
    return {first, end < a.in ? end : a.in, a.dilation};
  }
  /// The windows along an axis that place i may be in: all that it is in, where there is no dilation.
  ADORA_HD PlaceRange windows_over(int axis, std::int64_t i) const {
    const WindowAxis& a = windows.axis[axis];
    if (adaptive) return {i * a.out / a.in, ((i + 1) * a.out + a.in - 1) / a.in, 1};
    return {a.first_over(i), a.end_over(i), 1};
  }
  /// How many places a mean counts along an axis.
  ADORA_HD std::int64_t counted(int axis, std::int64_t o) const {
    const WindowAxis& a = windows.axis[axis];
    if (!adaptive && count_include_pad) {
      const std::int64_t begin = a.place(o, 0), end = begin + a.kernel, last = a.in + a.padding;
      return (end < last ? end : last) - begin;
    }
    const PlaceRange range = places(axis, o);
    return range.end - range.first;
  }
};

/// out[n, c, o] = the largest number of window o, NaN where one is; indices (int64, undefined where not wanted) = its
/// place in the plane, counted row by row: of equal ones the first, of NaNs the last. Every window sees a place that is
/// not padding.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/, const Tensor& /*indices*/, const PoolWindows&>
    max_pool{"max_pool"};

/// dx[n, c, i] = Σ g[n, c, o] over the windows o whose indices[n, c, o] is i, in the order of o.
inline constinit Kernel<const Tensor& /*g*/, const Tensor& /*indices*/, const Tensor& /*dx*/, const PoolWindows&>
    max_pool_gradient{"max_pool_gradient"};

/// out[n, c, o] = the sum over window o divided by `divisor`, or by how many places are counted. No dilation.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/, const PoolWindows&> avg_pool{"avg_pool"};

/// dx[n, c, i] = Σ g[n, c, o] / what window o was divided by, over the windows o that i is in.
inline constinit Kernel<const Tensor& /*g*/, const Tensor& /*dx*/, const PoolWindows&> avg_pool_gradient{
    "avg_pool_gradient"};

}  // namespace adora::backends
