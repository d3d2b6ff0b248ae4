#pragma once
#include "../core/tensor.h"

/// Grids of the elements of vectors, and the places of a triangle.
namespace adora {

/// Whether the first vector's elements run along the first dimension of the grid (ij) or along the second (xy).
enum class GridIndexing { ij, xy };

/// For vectors of n, m, … elements (a number is one of one element) as many tensors [n, m, …]: at [i, j, …] the first
/// has its vector's element i, the second its vector's element j, and so on. In `xy` the first two dimensions change
/// places. Views. Recorded, with gradients of gradients.
Tensors meshgrid(const Tensors& vectors, GridIndexing indexing = GridIndexing::ij);

/// Every choice of one element from each of the vectors, a row each: [n·m·…, vectors], the last one changing fastest;
/// of a single vector that vector itself. Recorded, with gradients of gradients.
Tensor cartesian_prod(const Tensors& vectors);

/// Every choice of r elements of a vector in their order, a row each: [choices, r]; `with_replacement` an element may
/// stand in a row several times. Recorded, with gradients of gradients.
Tensor combinations(const Tensor& x, std::int64_t r = 2, bool with_replacement = false);

/// The rows and columns of the elements that `tril` and `triu` keep of a matrix [rows, columns], row by row: int64
/// [2, n].
Tensor tril_indices(std::int64_t rows, std::int64_t columns, std::int64_t offset = 0, Device device = default_device());
Tensor triu_indices(std::int64_t rows, std::int64_t columns, std::int64_t offset = 0, Device device = default_device());

}  // namespace adora
