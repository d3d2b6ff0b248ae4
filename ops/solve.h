#pragma once
#include "../core/tensor.h"

/// Systems of linear equations, for batches of matrices [..., n, n] of float32 or float64, through LAPACK, on the CPU.
/// A singular matrix is an error, and so is a half type; a matrix that holds NaN or infinity gives NaN. All are
/// recorded, with gradients of gradients.
namespace adora {

/// x with a·x = b: a [..., n, n], b [..., n, k], or [..., n] where b has one dimension, or a's shape without the last
/// size; batch dimensions broadcast. Gradients: b̄ = a⁻ᵀ·x̄, ā = -b̄·xᵀ (Giles 2008, "An extended collection of matrix
/// derivative results", 2.3.1).
Tensor solve(const Tensor& a, const Tensor& b);

/// The inverse. Gradient: -x⁻ᵀ·ḡ·x⁻ᵀ (Giles 2.2.3). To solve equations, `solve` is faster and more accurate.
Tensor inv(const Tensor& x);

struct SolveTriangularOptions {
  bool upper = true;           ///< the triangle of a that is read; the other counts as 0
  bool left = true;            ///< a·x = b; else x·a = b
  bool unitriangular = false;  ///< a's diagonal is not read, but counts as ones
};

/// x with a·x = b for triangular a [..., n, n]: b [..., n, k], or [..., k, n] for x·a = b; batch dimensions broadcast.
/// PyTorch's has no default for `upper`, and gives infinities where the diagonal has a 0, which is an error here.
Tensor solve_triangular(const Tensor& a, const Tensor& b, const SolveTriangularOptions& options = {});

/// x with (l·lᵀ)·x = b, from Cholesky's factor: b [..., n, k]; with `upper` l is the upper one and the matrix lᵀ·l.
Tensor cholesky_solve(const Tensor& b, const Tensor& l, bool upper = false);

}  // namespace adora
