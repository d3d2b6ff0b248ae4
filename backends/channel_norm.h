#pragma once
#include "kernel.h"

/// Normalization by channels: x, y and gradients [N, C, S] of one floating dtype and any strides; weight and bias [C]
/// of the same dtype, or undefined for ones and zeros. `groups` of channels that lie side by side share a mean and a
/// variance in each of the N; with 0 groups every channel has its own, over all N. `mean` and `variance` (divided by
/// the number of elements) are float64 [groups ? N·groups : C].
namespace adora::backends {

/// Takes mean and variance of x, and y = (x - mean)/√(variance + eps)·weight + bias.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*weight*/, const Tensor& /*bias*/, const Tensor& /*y*/,
                        const Tensor& /*mean*/, const Tensor& /*variance*/, std::int64_t /*groups*/, double /*eps*/>
    channel_norm{"channel_norm"};

/// All gradients of channel_norm; undefined ones are not computed.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*weight*/, const Tensor& /*mean*/,
                        const Tensor& /*variance*/, const Tensor& /*g*/, const Tensor& /*dx*/,
                        const Tensor& /*dweight*/, const Tensor& /*dbias*/, std::int64_t /*groups*/, double /*eps*/>
    channel_norm_backward{"channel_norm_backward"};

/// y = (x - mean)/√(variance + eps)·weight + bias with the mean and variance that are given for each channel, [C].
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*mean*/, const Tensor& /*variance*/,
                        const Tensor& /*weight*/, const Tensor& /*bias*/, const Tensor& /*y*/, double /*eps*/>
    channel_affine{"channel_affine"};

/// The gradients of channel_affine for x, weight and bias; undefined ones are not computed.
inline constinit Kernel<const Tensor& /*x*/, const Tensor& /*mean*/, const Tensor& /*variance*/,
                        const Tensor& /*weight*/, const Tensor& /*g*/, const Tensor& /*dx*/, const Tensor& /*dweight*/,
                        const Tensor& /*dbias*/, double /*eps*/>
    channel_affine_backward{"channel_affine_backward"};

/// Running values [C], of any floating dtypes, in place: (1 - momentum) times what they were plus momentum times the
/// mean and the variance, each averaged over the rows of `mean` and `variance`, float64 [rows, C]. `correction` makes
/// the variance another: n/(n - 1) where it was divided by n.
inline constinit Kernel<const Tensor& /*running_mean*/, const Tensor& /*running_var*/, const Tensor& /*mean*/,
                        const Tensor& /*variance*/, double /*momentum*/, double /*correction*/>
    update_running{"update_running"};

}  // namespace adora::backends
