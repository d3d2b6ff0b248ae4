#pragma once
#include <optional>

#include "values_and_indices.h"

/// One of the elements along a dimension, chosen by its place in their order, and where it stands. The gradient goes to
/// that place. With `keepdim` the dimension stays, with size 1. An error where there is nothing to choose from.
namespace adora {

/// The largest element, the first of equal ones; NaN where one is. PyTorch's max(x, dim): here `max` is a reduction
/// over several dimensions, in which equal elements share the gradient.
ValuesAndIndices max_with_indices(const Tensor& x, std::int64_t dim, bool keepdim = false);
/// The smallest; as max_with_indices.
ValuesAndIndices min_with_indices(const Tensor& x, std::int64_t dim, bool keepdim = false);

/// The k-th smallest, counted from 1; NaN is larger than any number.
ValuesAndIndices kthvalue(const Tensor& x, std::int64_t k, std::int64_t dim = -1, bool keepdim = false);

/// The element in the middle of the order, the lower of two; NaN where one is, and then the first of them.
ValuesAndIndices median(const Tensor& x, std::int64_t dim, bool keepdim = false);
/// That of all elements, equal ones of which share the gradient evenly. NaN where there is none; an error where whole
/// numbers are none.
Tensor median(const Tensor& x);

/// The most frequent element, the smallest of those that are; its last place. No NaN equals another.
ValuesAndIndices mode(const Tensor& x, std::int64_t dim = -1, bool keepdim = false);

/// The element in place q·(n - 1) of the sorted n, 0 <= q <= 1, and between two of them a point on the line from one to
/// the other; NaN where one is. Without a dimension of all elements. Floating tensors only. A tensor q of x's dtype has
/// one number, or one dimension of several, which comes first in the result. Its gradient is there, too. It is read on
/// the host.
Tensor quantile(const Tensor& x, double q, std::optional<std::int64_t> dim = {}, bool keepdim = false);
Tensor quantile(const Tensor& x, const Tensor& q, std::optional<std::int64_t> dim = {}, bool keepdim = false);

}  // namespace adora
