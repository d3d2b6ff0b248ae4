#pragma once
#include "../core/tensor.h"

/// Comparisons and choices, with broadcasting.
namespace adora {

/// Element by element, as boolean tensors; false where a number is NaN. They carry no gradient.
Tensor equal(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, const Tensor& b);

/// Whether a number is NaN, infinite, or neither, as boolean tensors. Whole numbers are finite.
Tensor isnan(const Tensor& x);
Tensor isinf(const Tensor& x);
Tensor isfinite(const Tensor& x);

/// a where `condition` (boolean) holds, b elsewhere. What is not chosen has gradient 0, even if it is NaN; but that 0
/// times an infinite slope before it is NaN, as in PyTorch: the gradient of where(x > 0, sqrt(x), x) at 0 is NaN.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);

}  // namespace adora
