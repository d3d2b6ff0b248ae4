#pragma once
#include "kernel.h"

/// Distances of each row of one matrix to each row of another: x1 [B, P, M], x2 [B, R, M], float32 or float64, any
/// strides; p > 0 and finite. The differences themselves are summed: x1² - 2·x1·x2 + x2² loses all digits of a distance
/// that is small against the numbers.
namespace adora::backends {

/// out[b, i, j] = (Σ_m |x1[b, i, m] - x2[b, j, m]|ᵖ)^(1/p); contiguous.
inline constinit Kernel<const Tensor& /*x1*/, const Tensor& /*x2*/, double /*p*/, const Tensor& /*out*/> cdist{"cdist"};

/// out[b, i, m] = Σ_j g[b, i, j]·∂distance[b, i, j]/∂x1[b, i, m], 0 at a distance of 0; distance and g [B, P, R], any
/// strides; out contiguous. For the gradient of x2 the two change places.
inline constinit Kernel<const Tensor& /*x1*/, const Tensor& /*x2*/, double /*p*/, const Tensor& /*distance*/,
                        const Tensor& /*g*/, const Tensor& /*out*/>
    cdist_gradient{"cdist_gradient"};

}  // namespace adora::backends
