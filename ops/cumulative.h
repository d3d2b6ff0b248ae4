#pragma once
#include "values_and_indices.h"

/// What has come together along a dimension up to each element, itself included. All are recorded, with gradients of
/// gradients. Floating numbers are added and multiplied in double, so that the error of a long row does not grow with
/// its length; sums and products of whole numbers are int64 and wrap around.
namespace adora {

Tensor cumsum(const Tensor& x, std::int64_t dim);
/// The gradient is right where elements are 0, too: nothing is divided.
Tensor cumprod(const Tensor& x, std::int64_t dim);
/// log Σ eˣ, without overflow. As for logsumexp, elements of -inf have gradient 0, where PyTorch has NaN.
Tensor logcumsumexp(const Tensor& x, std::int64_t dim);

/// The largest element so far and where it stands, the last of equal ones; from the first NaN on it is the last NaN.
/// The gradient goes to that place.
ValuesAndIndices cummax(const Tensor& x, std::int64_t dim);
/// The smallest; as cummax.
ValuesAndIndices cummin(const Tensor& x, std::int64_t dim);

/// h[0] = b[0], h[i] = a[i]·h[i - 1] + b[i] along a dimension of two tensors of one shape and dtype; a[0] is not used.
/// With a = γ it is a sum that forgets, with a = 1 cumsum. From the last element on with `reverse`: discounted returns
/// of rewards b. A GPU multiplies factors of long rows before it adds: a product of 256 neighbors beyond double's range
/// gives infinity or NaN there.
Tensor linear_recurrence(const Tensor& a, const Tensor& b, std::int64_t dim, bool reverse = false);

}  // namespace adora
