#pragma once
#include "../core/tensor.h"

namespace adora {

/// The lower triangle of the last two dimensions: elements [i, j] with j - i <= diagonal stay, others become 0, even
/// NaN. Recorded, with gradients of gradients.
Tensor tril(const Tensor& x, std::int64_t diagonal = 0);

/// The upper triangle: elements with j - i >= diagonal stay.
Tensor triu(const Tensor& x, std::int64_t diagonal = 0);

}  // namespace adora
