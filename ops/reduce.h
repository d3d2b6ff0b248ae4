#pragma once
#include <optional>

#include "../core/tensor.h"

/// Reductions over some dimensions, or over all where none are named. Negative
/// dimensions count from the back; with `keepdim` the reduced ones stay, with size 1.
/// All are recorded, with gradients of gradients.
namespace adora {

Tensor sum(const Tensor& x, const Shape& dims = {}, bool keepdim = false);
/// The sum over the number of elements reduced; NaN where that is 0.
Tensor mean(const Tensor& x, const Shape& dims = {}, bool keepdim = false);
/// The largest element, NaN where one is; equal ones share the gradient evenly. An error where
/// there is nothing to choose from.
Tensor max(const Tensor& x, const Shape& dims = {}, bool keepdim = false);
/// The smallest; as max.
Tensor min(const Tensor& x, const Shape& dims = {}, bool keepdim = false);
/// The same under PyTorch's names for reductions over several dimensions.
Tensor amax(const Tensor& x, const Shape& dims = {}, bool keepdim = false);
Tensor amin(const Tensor& x, const Shape& dims = {}, bool keepdim = false);
/// The Euclidean length √Σx²; where it is 0 the gradient is 0.
Tensor norm(const Tensor& x, const Shape& dims = {}, bool keepdim = false);
/// log Σ eˣ, without overflow; of -inf only: -inf, with gradient 0. Over all dimensions with Shape{}.
Tensor logsumexp(const Tensor& x, const Shape& dims, bool keepdim = false);
Tensor logsumexp(const Tensor& x, std::int64_t dim, bool keepdim = false);
/// Where along a dimension the largest element stands (int64), the first of equal ones; NaN counts as largest. Without
/// a dimension it is where in the row of all elements. Whole numbers have no gradient, so none flows.
Tensor argmax(const Tensor& x, std::optional<std::int64_t> dim = {}, bool keepdim = false);
/// The same of the smallest, as which NaN counts here.
Tensor argmin(const Tensor& x, std::optional<std::int64_t> dim = {}, bool keepdim = false);

}  // namespace adora
