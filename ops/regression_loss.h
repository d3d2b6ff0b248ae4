#pragma once
#include "loss.h"

/// Losses of numbers against targets of the same shape and dtype, element by element; the result has no dimensions, or
/// the input's shape for Reduction::none, and is float32 for half types. The mean of nothing is NaN. All are recorded,
/// with gradients of gradients, for the input and the target.
namespace adora {

/// (input - target)²
Tensor mse_loss(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean);

/// |input - target|; the slope is 0 where both are equal.
Tensor l1_loss(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean);

/// ½(input - target)² up to a distance of delta, delta·(|input - target| - ½delta) beyond; delta > 0.
Tensor huber_loss(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean, double delta = 1);

/// huber_loss over beta: ½(input - target)² / beta up to a distance of beta, |input - target| - ½beta beyond; l1_loss
/// for beta = 0.
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, Reduction reduction = Reduction::mean,
                      double beta = 1);

struct GaussianNllOptions {
  bool full = false;  ///< add the constant ½log 2π
  double eps = 1e-6;  ///< what a variance is at least; the gradient is as if it were not raised to that
  Reduction reduction = Reduction::mean;
};

/// ½(log var + (input - target)² / var): `target` normally distributed around `input` with variance `var`, which has
/// the input's shape, or that with a last size of 1 or without the last dimension, or is one number. A negative
/// variance is an error.
Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, const Tensor& var,
                         const GaussianNllOptions& options = {});

struct PoissonNllOptions {
  bool log_input = true;  ///< the input is the logarithm of the rate: exp(input) - target·input; else the rate itself
  bool full = false;      ///< add Stirling's approximation of log target! where the target is above 1
  double eps = 1e-8;      ///< added to a rate before its logarithm is taken
  Reduction reduction = Reduction::mean;
};

/// input - target·log(input + eps): `target` counted, from a Poisson distribution of the rate `input`.
Tensor poisson_nll_loss(const Tensor& input, const Tensor& target, const PoissonNllOptions& options = {});

}  // namespace adora
