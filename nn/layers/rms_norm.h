#pragma once
#include "../../ops/normalize.h"
#include "../module.h"

namespace adora {

/// x / √(mean(x²) + eps) · weight over the last dimension (Zhang and Sennrich, "Root Mean
/// Square Layer Normalization", 2019, equation 4).
class RmsNorm : public Module {
 public:
  explicit RmsNorm(std::int64_t width, double eps = 1e-5, WeightOptions options = {});
  Tensor operator()(const Tensor& x) const;
  /// x + update and what the above makes of it, in one pass; an undefined update is nothing.
  SumAndNorm add(const Tensor& x, const Tensor& update) const;

  Tensor weight;  ///< [width], ones at first
  double eps;
};

}  // namespace adora
