#pragma once
#include "../core/tensor.h"

/// Normalization by channels, of x [N, C, …] with weight and bias [C] of x's dtype, or undefined for ones and zeros:
///     y = (x - mean)/√(variance + eps)·weight + bias
/// in which the mean and the variance, divided by the number of elements, are those of a part of x. Fused; the composed
/// forms compute the same from other ops in float64, and gradients of gradients are theirs.
namespace adora {

struct BatchNormOptions {
  bool training = false;  ///< normalize by the batch, not by the running values
  double momentum = 0.1;  ///< how far the running values move toward the batch's
  double eps = 1e-5;
};

/// In training by each channel's mean and variance over all of x but its channels (Ioffe and Szegedy, "Batch
/// normalization", 2015, algorithm 1), which must then be two numbers or more; running_mean and running_var [C], where
/// they are defined, move toward them in place, the variance divided by the number of elements less 1. Otherwise by
/// running_mean and running_var, and y is an affine function of x. Running values may be of another floating dtype than
/// x, and no gradient flows to them. Of a batch without elements they learn nothing.
Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var, const Tensor& weight = {},
                  const Tensor& bias = {}, const BatchNormOptions& options = {});
/// Leaves the running values alone.
Tensor batch_norm_composed(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                           const Tensor& weight = {}, const Tensor& bias = {}, const BatchNormOptions& options = {});

/// By the mean and variance of each of num_groups groups of channels, in each of the N (Wu and He, "Group
/// normalization", 2018). C must be a multiple of num_groups.
Tensor group_norm(const Tensor& x, std::int64_t num_groups, const Tensor& weight = {}, const Tensor& bias = {},
                  double eps = 1e-5);
Tensor group_norm_composed(const Tensor& x, std::int64_t num_groups, const Tensor& weight = {}, const Tensor& bias = {},
                           double eps = 1e-5);

struct InstanceNormOptions {
  bool use_input_stats = true;  ///< normalize by each of the N's own channels, not by the running values
  double momentum = 0.1;
  double eps = 1e-5;
};

/// By each channel's mean and variance in each of the N (Ulyanov, Vedaldi and Lempitsky, "Instance normalization",
/// 2016), which must be of two numbers or more. Running values, where there are any, move toward their averages over
/// the N; they are used as by batch_norm.
Tensor instance_norm(const Tensor& x, const Tensor& running_mean = {}, const Tensor& running_var = {},
                     const Tensor& weight = {}, const Tensor& bias = {}, const InstanceNormOptions& options = {});
/// Leaves the running values alone.
Tensor instance_norm_composed(const Tensor& x, const Tensor& running_mean = {}, const Tensor& running_var = {},
                              const Tensor& weight = {}, const Tensor& bias = {},
                              const InstanceNormOptions& options = {});

}  // namespace adora
