#pragma once
#include "../core/tensor.h"

/// Writing at places that an int64 tensor names, one place for each element (`index_copy` does so for whole slices, and
/// `scatter_add` adds). An index below 0 or beyond the end is an error. All are recorded, with gradients of gradients.
namespace adora {

/// x with src[i][j][k] written to [i][index[i][j][k]][k] for dim = 1, and so on; of several that are written to one
/// place the last one along `dim` stays, on every device (PyTorch: any of them), and only that one has a gradient.
/// `src` is at least as large as `index` in every dimension; the result has x's shape.
Tensor scatter(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& src);
/// The same with one number for all places.
Tensor scatter(const Tensor& x, std::int64_t dim, const Tensor& index, double value);

/// What becomes of the elements that meet at one place.
enum class ScatterReduce { sum, mean };

/// As scatter_add, or with the sum divided by how many there are; x's own element is one of them if `include_self`. A
/// place that no index names keeps x's element. A mean of whole numbers is an error.
Tensor scatter_reduce(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& src, ScatterReduce reduce,
                      bool include_self = true);

}  // namespace adora
