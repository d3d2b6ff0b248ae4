#pragma once
#include "../core/tensor.h"

namespace adora {

/// Rows of a table: weight [V, D], ids int64 of any shape; result [ids..., D]. An id outside 0 … V - 1 is an error.
/// The gradient adds up the rows of each id in the order of the ids, whatever the number of threads.
Tensor embedding(const Tensor& weight, const Tensor& ids);

namespace detail {
/// The gradient of an embedding: the rows of g [N, D] added where ids [N] point, [V, D]. Recorded.
Tensor embedding_gradient(const Tensor& g, const Tensor& ids, std::int64_t vocabulary);
}  // namespace detail

}  // namespace adora
