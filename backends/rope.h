#pragma once
#include "kernel.h"

namespace adora::backends {

/// Rotates pairs of each row x[…, t, :] of even size d: pair i by the angle (start + t)·theta^(-2i/d), backwards with
/// `inverse`. Pairs are (2i, 2i + 1) where interleaved, else (i, i + d/2). out: x's shape, any
/// strides but the last, which is 1.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*out*/, double /*theta*/, std::int64_t /*start*/,
                        bool /*interleaved*/, bool /*inverse*/>
    rope{"rope"};

}  // namespace adora::backends
