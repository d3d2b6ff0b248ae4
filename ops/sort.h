#pragma once
#include "values_and_indices.h"

/// Putting elements in order along a dimension. Equal ones keep their order, both upward and downward; NaN is larger
/// than any number. A gradient goes back to the place that a value came from.
namespace adora {

/// The elements from the smallest up, or from the largest down, and where each stood.
ValuesAndIndices sort(const Tensor& x, std::int64_t dim = -1, bool descending = false);
/// Only where each stood (int64).
Tensor argsort(const Tensor& x, std::int64_t dim = -1, bool descending = false);

/// The k largest elements, or the k smallest, and where each stood; of equal ones the first. They are in order:
/// PyTorch promises none where `sorted` is false.
ValuesAndIndices topk(const Tensor& x, std::int64_t k, std::int64_t dim = -1, bool largest = true, bool sorted = true);

}  // namespace adora
