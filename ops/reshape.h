#pragma once
#include "../core/tensor.h"

/// Other shapes of the same numbers: views where `reshape` gives one. Negative dimensions count from the back. All are
/// recorded, with gradients of gradients.
namespace adora {

/// All dimensions of size 1 taken out.
Tensor squeeze(const Tensor& x);
/// These taken out. One that has not size 1 is an error, as for a single dimension; PyTorch lets it be.
Tensor squeeze(const Tensor& x, const Shape& dims);

/// The dimensions from `start` to `end`, both included, as one; a number becomes [1].
Tensor flatten(const Tensor& x, std::int64_t start = 0, std::int64_t end = -1);
/// A dimension taken apart into `sizes`, of which one may be -1.
Tensor unflatten(const Tensor& x, std::int64_t dim, const Shape& sizes);

/// Dimension source[i] comes to stand at destination[i]; the others keep their order.
Tensor movedim(const Tensor& x, const Shape& source, const Shape& destination);
Tensor movedim(const Tensor& x, std::int64_t source, std::int64_t destination);
/// Two dimensions exchanged: `transpose` under NumPy's name.
Tensor swapaxes(const Tensor& x, std::int64_t a, std::int64_t b);

/// x with at least so many dimensions: a number becomes [1] and [1, 1], a row [n] becomes [1, n] and [1, n, 1], a
/// matrix [m, n] becomes [m, n, 1].
Tensor atleast_1d(const Tensor& x);
Tensor atleast_2d(const Tensor& x);
Tensor atleast_3d(const Tensor& x);

/// x stretched to the shape of another tensor (a view).
Tensor expand_as(const Tensor& x, const Tensor& other);
/// All stretched to the shape that they broadcast to (views).
Tensors broadcast_tensors(const Tensors& xs);

}  // namespace adora
