#pragma once
#include "../core/tensor.h"

namespace adora {

/// eˣ / Σ eˣ along a dimension, without overflow. Recorded, with gradients of gradients.
Tensor softmax(const Tensor& x, std::int64_t dim = -1);

/// The logarithm of softmax, exact where softmax itself would be 0. Recorded, with gradients of gradients.
Tensor log_softmax(const Tensor& x, std::int64_t dim = -1);

}  // namespace adora
