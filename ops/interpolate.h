#pragma once
#include <vector>

#include "../core/tensor.h"

namespace adora {

enum class InterpolateMode {
  nearest,        ///< the number at ⌊o·scale⌋, in single precision, whatever the dtype
  nearest_exact,  ///< at ⌊(o + ½)·scale⌋
  linear,         ///< between the neighbors along one axis …
  bilinear,       ///< … two …
  trilinear,      ///< … and three
};

/// One of size and scale_factor, a number for every spatial axis or one for each.
struct InterpolateOptions {
  Shape size = {};                        ///< of the result
  std::vector<double> scale_factor = {};  ///< of the result to the image; cut to whole numbers
  InterpolateMode mode = InterpolateMode::nearest;
  bool align_corners = false;  ///< of the linear modes: corners lie on corners, not edges on edges
};

/// Images of another size: x [N, C, spatial…] with one to three spatial axes, floating. Number o along an axis comes
/// from the place o·scale, of the linear modes (o + ½)·scale - ½ or, with corners aligned, o·(in - 1) / (out - 1),
/// where scale is 1 / scale_factor, or in / out where the size was given. Recorded, with gradients of gradients.
Tensor interpolate(const Tensor& x, const InterpolateOptions& options);

namespace detail {
/// Its transpose: g as interpolate gives it for images of the spatial sizes `image`, to [N, C, image…]. Recorded.
Tensor interpolate_gradient(const Tensor& g, const Shape& image, const InterpolateOptions& options);
}  // namespace detail

}  // namespace adora
