#pragma once
#include "../core/tensor.h"

/// Other views of the same numbers: nothing is copied except where reshape must.
/// Negative dimensions count from the back. All are recorded, with gradients of gradients.
namespace adora {

/// Dimensions a and b exchanged.
Tensor transpose(const Tensor& x, std::int64_t a = -2, std::int64_t b = -1);
/// Dimension i of the result is dimension order[i] of x.
Tensor permute(const Tensor& x, const Shape& order);
/// Another shape of the same size; one size may be -1 and follows from the others. A view where
/// the strides allow it, otherwise a copy.
Tensor reshape(const Tensor& x, const Shape& shape);
/// Elements start, start + step, … below `end` of a dimension; negative bounds count from the back and
/// bounds beyond the end are cut, as in Python.
Tensor slice(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t end, std::int64_t step = 1);
/// Element `index` of a dimension, which disappears.
Tensor select(const Tensor& x, std::int64_t dim, std::int64_t index);
/// A dimension of size 1 put in before `dim` / taken out at `dim`.
Tensor unsqueeze(const Tensor& x, std::int64_t dim);
Tensor squeeze(const Tensor& x, std::int64_t dim);

namespace detail {
/// The gradient of a slice: zeros of x's shape with g at its place. Recorded.
Tensor unslice(const Tensor& g, const Shape& shape, int dim, std::int64_t start, std::int64_t end, std::int64_t step);
}  // namespace detail

}  // namespace adora
