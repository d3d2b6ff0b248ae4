#pragma once
#include "../core/tensor.h"

/// Diagonals of matrices. Negative dimensions count from the back. All are recorded, with gradients of gradients.
namespace adora {

/// The elements [i, i + offset] of the planes of two dimensions, which leave the shape; the diagonal is the last
/// dimension of the result, of size 0 where the offset leads out of the plane. A view.
Tensor diagonal(const Tensor& x, std::int64_t offset = 0, std::int64_t dim1 = 0, std::int64_t dim2 = 1);

/// The other way round: the last dimension of x as the diagonal of square matrices of zeros, which are dimensions dim1
/// and dim2 of the result.
Tensor diag_embed(const Tensor& x, std::int64_t offset = 0, std::int64_t dim1 = -2, std::int64_t dim2 = -1);

/// The diagonal of a matrix, a view, or the square matrix that has a vector as its diagonal.
Tensor diag(const Tensor& x, std::int64_t diagonal = 0);

namespace detail {
/// The gradient of a diagonal: zeros of x's shape with g on it. Recorded.
Tensor undiagonal(const Tensor& g, const Shape& shape, std::int64_t offset, int dim1, int dim2);
}  // namespace detail

}  // namespace adora
