#pragma once
#include "../core/tensor.h"

/// Factors of batches of matrices of float32 or float64, through LAPACK, on the CPU; half types are an error. All are
/// recorded, with gradients of gradients.
namespace adora {

/// The lower triangular L with x = L·Lᵀ, of a symmetric positive definite x [..., n, n] of which the lower triangle is
/// read; with `upper` the upper triangle is, and the result is Lᵀ. An error that names the first leading minor that is
/// not positive. The gradient (Murray 2016, "Differentiation of the Cholesky decomposition") is symmetric.
Tensor cholesky(const Tensor& x, bool upper = false);

struct QandR {
  Tensor Q;  ///< [..., m, k], with orthonormal columns
  Tensor R;  ///< [..., k, n], upper triangular
};
/// x = Q·R of x [..., m, n], reduced: k = min(m, n). Gradient: Walter and Lehmann 2012, "Algorithmic differentiation of
/// linear algebra functions with application in optimum experimental design", and for m < n Roberts and Roberts 2020,
/// "QR and LQ decomposition matrix backpropagation algorithms"; an error where R's diagonal has a 0.
QandR qr(const Tensor& x);

struct SingularValues {
  Tensor U;   ///< [..., m, k]
  Tensor S;   ///< [..., k], descending
  Tensor Vh;  ///< [..., k, n]
};
/// x = U·diag(S)·Vh of x [..., m, n], reduced: k = min(m, n). Vectors are known up to their signs, so gradients are
/// right for functions that do not depend on these. They are not defined, and an error, where values coincide or, if m
/// and n differ, are 0, and U or Vh was used; those through S alone always are. Gradient: Townsend 2016,
/// "Differentiating the singular value decomposition".
SingularValues svd(const Tensor& x);

struct Eigenvalues {
  Tensor eigenvalues;   ///< [..., n], ascending
  Tensor eigenvectors;  ///< [..., n, n], one in each column
};
/// Of symmetric matrices x [..., n, n], of which the lower triangle is read. Vectors are known up to their signs, as
/// svd's, and their gradients an error where values coincide. The gradient is symmetric: Giles 2008, "An extended
/// collection of matrix derivative results", 3.1.
Eigenvalues eigh(const Tensor& x);

/// The inverse of Moore and Penrose, [..., n, m] of x [..., m, n]: singular values up to `rtol` times the largest count
/// as 0; by default max(m, n) times the dtype's precision. Gradient: Golub and Pereyra 1973, "The differentiation of
/// pseudo-inverses and nonlinear least squares problems whose variables separate", right as long as the rank stays.
Tensor pinv(const Tensor& x, double rtol = -1);

/// The x with the least ‖a·x - b‖, and of several that with the least ‖x‖: a [..., m, n], b [..., m, k], or [m] for a
/// vector; batch dimensions broadcast. By pinv, so of any rank.
Tensor lstsq(const Tensor& a, const Tensor& b);

}  // namespace adora
