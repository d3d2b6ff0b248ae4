#pragma once
// Not in adora.h: the library's own.
#include "../backends/pool.h"
#include "values_and_indices.h"

/// Pooling of images [N, C, spatial…] over given windows; what the functions of ops/pool.h call. All are recorded.
namespace adora::detail {

/// The windows, and how many axes the images have.
struct Pooling {
  backends::PoolWindows windows;
  int axes = 2;
};

/// The places of the largest are found where they are asked for, or a gradient is wanted.
ValuesAndIndices max_pool(const char* op, const Tensor& x, const Pooling& pooling, bool with_indices);
/// What flows back: [N, C, in…], with each window's gradient at the place that it was taken from.
Tensor max_pool_gradient(const Tensor& g, const Tensor& indices, const Pooling& pooling);

Tensor avg_pool(const char* op, const Tensor& x, const Pooling& pooling);
/// Its transpose, g [N, C, out…] to [N, C, in…].
Tensor avg_pool_gradient(const char* op, const Tensor& g, const Pooling& pooling);

}  // namespace adora::detail
