#pragma once
#include "../module.h"

namespace adora {

struct GroupNormOptions {
  double eps = 1e-5;
  bool affine = true;  ///< a weight and a bias
  DType dtype = float32;
  Device device = default_device();
};

/// Group normalization of x [N, num_channels, …] (ops/channel_norm.h).
class GroupNorm : public Module {
 public:
  /// num_channels must be a multiple of num_groups.
  GroupNorm(std::int64_t num_groups, std::int64_t num_channels, const GroupNormOptions& options = {});
  Tensor operator()(const Tensor& x) const;

  Tensor weight;  ///< [num_channels], ones at first; undefined where it is not affine
  Tensor bias;    ///< [num_channels], zeros at first; undefined where it is not affine

 private:
  std::int64_t num_groups_, num_channels_;
  double eps_;
};

}  // namespace adora
