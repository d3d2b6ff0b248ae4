#pragma once
#include "../core/tensor.h"

namespace adora {

/// The windows of `size` neighbors along a dimension, `step` apart, that lie wholly in it: element i of that dimension
/// of the result is window i, and its numbers are a new last dimension. (PyTorch's Tensor.unfold; `unfold` is the one
/// of images.) A view: [n] gives [(n - size) / step + 1, size]. Recorded, with gradients of gradients.
Tensor sliding_windows(const Tensor& x, std::int64_t dim, std::int64_t size, std::int64_t step);

namespace detail {
/// The gradient of sliding windows: each number's sum over the windows it is in. Recorded.
Tensor add_windows(const Tensor& g, const Shape& shape, int dim, std::int64_t size, std::int64_t step);
}  // namespace detail

}  // namespace adora
