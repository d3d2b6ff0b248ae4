#pragma once
#include "../core/tensor.h"

/// Normalization of rows, x [..., n] with weight and bias [n]; undefined ones are ones and zeros. Fused; the composed
/// forms compute the same from other ops in float64, and gradients of gradients are theirs. Rows whose squares leave
/// float32's range, up or down, are normalized as any other.
namespace adora {

/// x / √(mean(x²) + eps) · weight, the mean over the last dimension (Zhang and Sennrich, "Root mean square layer
/// normalization", section 3). Sums are taken in float32 for half types.
Tensor rms_norm(const Tensor& x, const Tensor& weight = {}, double eps = 1e-5);
Tensor rms_norm_composed(const Tensor& x, const Tensor& weight = {}, double eps = 1e-5);

/// A sum, and that sum normalized.
struct SumAndNorm {
  Tensor sum, norm;
};
/// x + update, both of one shape and dtype, and its rms_norm, in one pass: what a transformer does where a block's
/// output joins the residual stream and the next block begins. The numbers are those of the two ops one after the
/// other.
SumAndNorm add_rms_norm(const Tensor& x, const Tensor& update, const Tensor& weight, double eps = 1e-5);

/// (x - mean) / √(variance + eps) · weight + bias, over the last dimension (Ba, Kiros and Hinton, "Layer
/// normalization", section 3); the variance is divided by n.
Tensor layer_norm(const Tensor& x, const Tensor& weight = {}, const Tensor& bias = {}, double eps = 1e-5);
Tensor layer_norm_composed(const Tensor& x, const Tensor& weight = {}, const Tensor& bias = {}, double eps = 1e-5);

}  // namespace adora
