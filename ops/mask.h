#pragma once
#include "../core/tensor.h"

/// Elements that a boolean tensor names.
namespace adora {

/// x with `value` where the mask, which broadcasts with x, is true. Recorded, with gradients of gradients; what was
/// replaced has gradient 0, even if it is NaN.
Tensor masked_fill(const Tensor& x, const Tensor& mask, double value);
/// The same with a number of x's dtype, which has a gradient too.
Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value);

/// The elements where the mask, which broadcasts with x, is true, row by row, as a vector. Its size depends on the
/// mask, which is read back from the device. Recorded, with gradients of gradients.
Tensor masked_select(const Tensor& x, const Tensor& mask);

/// The places of all elements that are not 0 (NaN is none), row by row: int64 [n, dimensions of x]. Read back from the
/// device as for masked_select.
Tensor nonzero(const Tensor& x);

}  // namespace adora
