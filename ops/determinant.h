#pragma once
#include "../core/tensor.h"

/// Determinants of batches of square matrices [..., n, n] of float32 or float64, through LAPACK, on the CPU; results
/// [...]. That of no rows is 1. All are recorded, with gradients of gradients.
namespace adora {

/// The determinant. Its gradient is the matrix of cofactors, det·x⁻ᵀ (Giles 2008, 2.2.4), also where the matrix is
/// singular (PyTorch: 0): there it comes from the singular values, and gradients of gradients from the determinants of
/// all minors, for matrices of up to 32 rows.
Tensor det(const Tensor& x);

/// log det: NaN where the determinant is negative, -inf where it is 0. Gradient: x⁻ᵀ (Giles 2.2.4), which a singular
/// matrix has not: an error.
Tensor logdet(const Tensor& x);

struct SignAndLogarithm {
  Tensor sign;       ///< 1, -1, or 0 of a singular matrix; it has no gradient
  Tensor logabsdet;  ///< the logarithm of the determinant's size, -inf of a singular matrix
};
/// det x = sign·exp(logabsdet), also where the determinant itself is beyond what the dtype holds. Gradient as logdet's.
SignAndLogarithm slogdet(const Tensor& x);

}  // namespace adora
