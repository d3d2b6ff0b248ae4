#pragma once
#include "../core/tensor.h"

/// Comparisons and choices, with broadcasting. operators.h has ==, !=, <, <=, > and >= for them.
namespace adora {

/// Element by element, as boolean tensors; false where a number is NaN, but for ne. They carry no gradient.
Tensor eq(const Tensor& a, const Tensor& b);
Tensor ne(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, const Tensor& b);

/// With a number, which is rounded to a floating tensor's dtype first, as in PyTorch: a float32 0.1 equals 0.1. Whole
/// numbers and truths are compared exactly with any number: unlike in PyTorch, a uint8 1 is above -1.
Tensor eq(const Tensor& x, double c);
Tensor ne(const Tensor& x, double c);
Tensor less(const Tensor& x, double c);
Tensor less_equal(const Tensor& x, double c);
Tensor greater(const Tensor& x, double c);
Tensor greater_equal(const Tensor& x, double c);

/// Whether |a - b| <= atol + rtol·|b|, or both are the same infinity, or both are NaN and `equal_nan`.
Tensor isclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false);

/// Whether a number is NaN, infinite, or neither, as boolean tensors. Whole numbers are finite.
Tensor isnan(const Tensor& x);
Tensor isinf(const Tensor& x);
Tensor isfinite(const Tensor& x);

/// a where `condition` (boolean) holds, b elsewhere. What is not chosen has gradient 0, even if it is NaN; but that 0
/// times an infinite slope before it is NaN, as in PyTorch: the gradient of where(x > 0, sqrt(x), x) at 0 is NaN.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);

}  // namespace adora
