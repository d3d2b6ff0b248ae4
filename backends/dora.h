#pragma once
#include "../core/frozen_matrix.h"
#include "../core/host_device.h"
#include "kernel.h"
#include "math.h"

namespace adora::backends {

/// When the sum below is not to be trusted. The products W·Aᵀ, A·Aᵀ and B·(A·Aᵀ) are rounded to C, so that it carries
/// an error of some units in the last place of what went into it, however much of that cancels: V's parts against each
/// other, or the columns of B among themselves where rows of A are nearly parallel. Errors of single terms are as good
/// as independent and grow as (‖W_j‖ + |scale|·√Σ_k B_k²‖A_k‖²)²; sums that run up and down again on the way reach
/// (scale·Σ_k |B_k|·‖A_k‖)². Below these shares of the two V itself is computed. The second share is the smaller, since
/// with columns of random signs and no cancellation at all the sum is about 1.6 / rank of the second.
template <class C> struct DoraTrust {
  static constexpr bool single = sizeof(C) == 4;
  static constexpr double small = single ? 2e-2 : 2e-4, smaller = single ? 5e-4 : 5e-6;

  /// Whether it is: squares = ‖W_j‖², terms = Σ_k B_k²‖A_k‖², reach = Σ_k |B_k|·‖A_k‖. A sum that is NaN is not.
  ADORA_HD static bool holds(double sum, double squares, double scale, double terms, double reach) {
    const double size = scale < 0 ? -scale : scale, far = size * reach;
    const double bound = math::sqrt(squares) + size * math::sqrt(terms);
    const double least = small * bound * bound, least_of_reach = smaller * far * far;
    return sum > (least > least_of_reach ? least : least_of_reach);
  }
};

/// The lengths of the rows of V = W + scale·B·A: n [N]; and VA [N, r] = scale·V·Aᵀ if it is defined, which the gradient
/// needs. W [N, K] of any floating dtype and strides; B [N, r] and A [r, K] any strides, all of the dtype arithmetic is
/// done in. Nothing of W's size is made.
inline constinit Kernel<const Tensor& /*W*/, const Tensor& /*A*/, const Tensor& /*B*/, double /*scale*/,
                        const Tensor& /*n*/, const Tensor& /*VA*/>
    dora_norm{"dora_norm"};

/// The same from products, on any device: W·Aᵀ and A·Aᵀ, then the kernel below.
void dora_norm_by_products(const Tensor& W, const Tensor& A, const Tensor& B, double scale, const Tensor& n,
                           const Tensor& VA);

/// The lengths from what is then known: squares [N] (float64) = Σ W², WA [N, R] = W·Aᵀ and BG [N, R] = B·(A·Aᵀ), narrow
/// tensors as in low_rank.h.
///
///     n² = squares + 2·scale·Σ_k WA∘B + scale²·Σ_k BG∘B        VA = scale·WA + scale²·BG
///
/// In rows where much of this cancels both are computed from V itself, in double.
inline constinit Kernel<const Tensor& /*W*/, const Tensor& /*A*/, const Tensor& /*B*/, double /*scale*/,
                        const Tensor& /*squares*/, const Tensor& /*WA*/, const Tensor& /*BG*/, const Tensor& /*n*/,
                        const Tensor& /*VA*/>
    dora_norm_of_products{"dora_norm_of_products"};

/// The gradient of the magnitude of y = c∘u + bias with u = x·Wᵀ + scale·z·Bᵀ and c = magnitude/norm: Σ_t g·u / norm,
/// which is dot / magnitude where y still has its digits. dot, size and weights [N] are the column sums of OutputSide.
/// Where the bias is over `most_bias` times a typical |y - bias|, or that is below `least`, u itself is computed. A
/// column whose norm or gradient is 0 gets 0. x [T, K], g [T, N], weight [N, K] quantized, or of any strides and
/// floating dtype; B [N, r] any strides, z [T, R], both undefined where there is no low-rank part; bias (may be
/// undefined), magnitude, norm and gradient [N] contiguous.
struct MagnitudeGradient {
  Tensor g = {};
  FrozenMatrix weight = {};
  Tensor B = {}, z = {};
  double scale = 1;
  Tensor bias = {}, magnitude = {}, norm = {}, dot = {}, size = {}, weights = {};
  double most_bias = 0, least = 0;
  Tensor gradient = {};
};
inline constinit Kernel<const Tensor& /*x*/, const MagnitudeGradient&> magnitude_gradient{"magnitude_gradient"};

/// Whether a column's sums have too few digits left to give its gradient, so that u must be computed.
ADORA_HD inline bool magnitude_is_lost(double size, double weights, double bias, const double most_bias, double least) {
  const double typical = size / weights;
  return typical < least || (bias < 0 ? -bias : bias) > most_bias * typical;
}

}  // namespace adora::backends
