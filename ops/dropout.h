#pragma once
#include "../backends/dropout.h"

namespace adora {

/// Sets each element to 0 with probability p and divides the others by 1 - p (Srivastava et al., "Dropout", JMLR 15,
/// 2014, scaled in training). Which ones depends on the generator's state alone, not on strides, device or
/// threads; the mask is not stored but computed again in the backward pass. p = 0 gives x itself and leaves the
/// generator alone. Recorded, with gradients of gradients.
Tensor dropout(const Tensor& x, double p, Generator& generator);

namespace detail {
/// The same with a mask that was drawn before.
Tensor dropout(const Tensor& x, const backends::DropoutMask& mask);
}  // namespace detail

}  // namespace adora
