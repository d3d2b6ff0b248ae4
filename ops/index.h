#pragma once
#include "../core/tensor.h"

/// Reading and adding at places that an int64 tensor names. An index below 0 or beyond the end is an error. All are
/// recorded, with gradients of gradients; index tensors have none.
namespace adora {

/// out[i][j][k] = x[i][index[i][j][k]][k] for dim = 1, and so on: `index` has as many dimensions as x and at most its
/// sizes in all but `dim`; the result has index's shape.
Tensor gather(const Tensor& x, std::int64_t dim, const Tensor& index);

/// x with src[i][j][k] added at [i][index[i][j][k]][k] for dim = 1, and so on; what meets at one place is added up.
/// `src` is at least as large as `index` in every dimension; the result has x's shape.
Tensor scatter_add(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& src);

/// The slices index[0], index[1], … of a dimension; `index` has one dimension.
Tensor index_select(const Tensor& x, std::int64_t dim, const Tensor& index);

/// x with the slices of `src` added to the slices index[0], index[1], … of a dimension.
Tensor index_add(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& src);

}  // namespace adora
