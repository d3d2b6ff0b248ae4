#pragma once
#include "../../ops/normalize.h"
#include "../module.h"

namespace adora {

/// x / √(mean(x²) + eps) · (offset + weight) over the last dimension (Zhang and Sennrich, "Root Mean
/// Square Layer Normalization", 2019, equation 4; with an offset of 1 weight decay draws to 1, as in Gemma).
class RmsNorm : public Module {
 public:
  explicit RmsNorm(std::int64_t width, double eps = 1e-5, WeightOptions options = {}, double offset = 0);
  Tensor operator()(const Tensor& x) const;
  /// x + update and what the above makes of it, in one pass; an undefined update is nothing.
  SumAndNorm add(const Tensor& x, const Tensor& update) const;

  Tensor weight;  ///< [width]; at first with the offset 1
  double eps;
  double offset;

 private:
  Tensor factors() const;
};

}  // namespace adora
