#pragma once
#include "../core/tensor.h"

/// Writing whole slices at the places of a dimension that an int64 tensor of one dimension names. An index below 0 or
/// beyond the end is an error. Recorded, with gradients of gradients.
namespace adora {

/// x with the slices of `src` written over the slices index[0], index[1], … of a dimension; of several for one place
/// the last one stays, and only that one has a gradient.
Tensor index_copy(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& src);

/// x with one number in all these slices; as a tensor [] of x's dtype it has a gradient too.
Tensor index_fill(const Tensor& x, std::int64_t dim, const Tensor& index, double value);
Tensor index_fill(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& value);

}  // namespace adora
