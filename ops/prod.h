#pragma once
#include "../core/tensor.h"

namespace adora {

/// The product over some dimensions, or over all where none are named; 1 of nothing. Of whole numbers it is int64 and
/// wraps around. Floating ones are multiplied in double. Recorded, with gradients of gradients, which are right where
/// elements are 0, too: nothing is divided.
Tensor prod(const Tensor& x, const Shape& dims = {}, bool keepdim = false);

}  // namespace adora
