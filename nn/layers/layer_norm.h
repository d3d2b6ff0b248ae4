#pragma once
#include "../module.h"

namespace adora {

struct LayerNormOptions {
  bool elementwise_affine = true;  ///< a weight
  bool bias = true;                ///< and a bias
  DType dtype = float32;
  Device device = default_device();
};

/// (x - mean) / √(variance + eps) · weight + bias over the last dimension (Ba, Kiros and
/// Hinton, "Layer Normalization", 2016, section 3).
class LayerNorm : public Module {
 public:
  explicit LayerNorm(std::int64_t width, double eps = 1e-5, LayerNormOptions options = {});
  Tensor operator()(const Tensor& x) const;

  Tensor weight;  ///< [width], ones at first; undefined where there is none
  Tensor bias;    ///< [width], zeros at first; undefined where there is none
  double eps;
};

}  // namespace adora
