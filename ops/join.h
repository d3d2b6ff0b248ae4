#pragma once
#include "../core/tensor.h"

/// Putting tensors together and taking them apart. All are recorded, with gradients of gradients.
namespace adora {

/// The tensors one after the other along a dimension: the same dtype, and the same sizes in all others.
Tensor cat(const Tensors& parts, std::int64_t dim = 0);

/// The tensors, all of one shape, side by side along a new dimension put in before `dim`.
Tensor stack(const Tensors& parts, std::int64_t dim = 0);

/// Views of the given sizes, one after the other, which together make up the dimension.
Tensors split(const Tensor& x, const std::vector<std::int64_t>& sizes, std::int64_t dim = 0);

}  // namespace adora
