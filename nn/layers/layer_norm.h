#pragma once
#include "../module.h"

namespace adora {

/// (x - mean) / √(variance + eps) · weight + bias over the last dimension (Ba, Kiros and
/// Hinton, "Layer Normalization", 2016, section 3).
class LayerNorm : public Module {
 public:
  explicit LayerNorm(std::int64_t width, double eps = 1e-5, WeightOptions options = {});
  Tensor operator()(const Tensor& x) const;

  Tensor weight;  ///< [width], ones at first
  Tensor bias;    ///< [width], zeros at first
  double eps;
};

}  // namespace adora
