#pragma once
#include <cmath>

#include "../core/host_device.h"
#include "kernel.h"

/// Images of another size, [N, C, D, H, W], contiguous, floating.
namespace adora::backends {

/// Where numbers along one axis come from.
struct ResizedAxis {
  enum class Rule { nearest, nearest_exact, linear, linear_corners };
  struct Source {
    std::int64_t low, high;  ///< the neighbors, `low` again where there is one
    double part;             ///< the share of `high`, from 0 to 1
  };

  std::int64_t in = 1, out = 1;
  double scale = 1;  ///< places of the image for one of the result
  Rule rule = Rule::nearest;

  /// As PyTorch has it; `nearest` and `nearest_exact` in single precision, where rounding may choose the neighbor.
  ADORA_HD Source source(std::int64_t o) const {
    if (rule == Rule::nearest || rule == Rule::nearest_exact) {
      const float shift = rule == Rule::nearest ? 0.0f : 0.5f;
      auto i = static_cast<std::int64_t>(floorf((static_cast<float>(o) + shift) * static_cast<float>(scale)));
      i = i < in ? i : in - 1;
      return {i, i, 0};
    }
    double at =
        rule == Rule::linear_corners ? static_cast<double>(o) * scale : (static_cast<double>(o) + 0.5) * scale - 0.5;
    at = at > 0 ? at : 0;
    std::int64_t low = static_cast<std::int64_t>(at);
    low = low < in ? low : in - 1;
    const double part = at - static_cast<double>(low);
    return {low, low + 1 < in ? low + 1 : low, part < 1 ? part : 1};
  }
};

struct Resized {
  ResizedAxis axis[3];
};

/// out[n, c, o] = the product along the axes of (1 - part)·x[low] + part·x[high].
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/, const Resized&> interpolate{"interpolate"};

/// The transpose, in an order that the sizes determine.
inline constinit Kernel<const Tensor& /*g*/, const Tensor& /*dx*/, const Resized&> interpolate_gradient{
    "interpolate_gradient"};

}  // namespace adora::backends
