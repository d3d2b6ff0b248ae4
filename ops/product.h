#pragma once
#include "../core/tensor.h"

/// Products besides matmul's. Inputs have one floating dtype; all are recorded, with gradients of gradients.
namespace adora {

/// Σ a·b of two vectors of one length; the result has no dimensions.
Tensor dot(const Tensor& a, const Tensor& b);

/// a[i]·b[j] of two vectors: [n] and [m] give [n, m].
Tensor outer(const Tensor& a, const Tensor& b);

/// a × b of vectors in space, which a dimension of size 3 holds; the others broadcast.
Tensor cross(const Tensor& a, const Tensor& b, std::int64_t dim = -1);

/// The Kronecker product: each number of a times the whole of b, in blocks; sizes are the products of both. At most 4
/// dimensions; where one has fewer, its first are of size 1.
Tensor kron(const Tensor& a, const Tensor& b);

/// The sum of a matrix's diagonal: [n, m] gives [].
Tensor trace(const Tensor& x);

/// beta·x + alpha·(a·b): a [n, k] and b [k, m], and x broadcasts to [n, m]. With beta = 0 x counts for nothing, NaN
/// included.
Tensor addmm(const Tensor& x, const Tensor& a, const Tensor& b, double beta = 1, double alpha = 1);
/// The same of batches: a [B, n, k], b [B, k, m], x broadcasts to [B, n, m].
Tensor baddbmm(const Tensor& x, const Tensor& a, const Tensor& b, double beta = 1, double alpha = 1);

/// x multiplied by itself n times, [..., k, k]: the identity for n = 0, the inverse's power for negative n, which takes
/// float32 or float64.
Tensor matrix_power(const Tensor& x, std::int64_t n);

/// x1ᵀ·weight[o]·x2 + bias[o] for each o: x1 [..., in1], x2 [..., in2], weight [out, in1, in2], bias [out] or
/// undefined; the result is [..., out].
Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight, const Tensor& bias = {});

}  // namespace adora
