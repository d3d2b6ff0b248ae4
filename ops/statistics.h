#pragma once
#include "../core/tensor.h"

/// Means and spreads over some dimensions, or over all where none are named; of floating tensors. All are recorded,
/// with gradients of gradients.
namespace adora {

struct VarianceOptions {
  double correction = 1;  ///< Σ(x - mean)² is divided by n - correction: 1 for a sample, 0 for all there is
  bool keepdim = false;
};

/// Σ(x - mean)² / (n - correction), NaN or infinite where that is 0 or less. Right for a small spread about a large
/// mean, and exactly 0 for equal numbers. `var(x, {1}, {.correction = 0})`
Tensor var(const Tensor& x, const Shape& dims = {}, const VarianceOptions& options = {});
/// Its root; where that is 0 so is the gradient. Outside of namespace adora it is called as adora::std.
Tensor std(const Tensor& x, const Shape& dims = {}, const VarianceOptions& options = {});

struct VarAndMean {
  Tensor var, mean;
};
VarAndMean var_mean(const Tensor& x, const Shape& dims = {}, const VarianceOptions& options = {});

/// Sum and mean of what is not NaN; a mean of nothing is NaN. The sum takes whole numbers, too.
Tensor nansum(const Tensor& x, const Shape& dims = {}, bool keepdim = false);
Tensor nanmean(const Tensor& x, const Shape& dims = {}, bool keepdim = false);

}  // namespace adora
