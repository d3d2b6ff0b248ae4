#pragma once
#include "channel_norm.h"

namespace adora {

/// As ChannelNormOptions, but PyTorch's other defaults: without parameters and running values.
struct InstanceNormLayerOptions {
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;  ///< none: running values stay as they are
  bool affine = false;
  bool track_running_stats = false;
  DType dtype = float32;
  Device device = default_device();
};

/// Instance normalization (ops/channel_norm.h): by each row's own means and variances; in evaluation mode by the
/// running values, where they are kept. As in PyTorch num_batches_tracked stays 0.
class InstanceNorm : public ChannelNorm {
 public:
  /// x [N, num_features, …], or of one row without the N.
  Tensor operator()(const Tensor& x) const;

 protected:
  InstanceNorm(const char* layer, int places, std::int64_t num_features, const InstanceNormLayerOptions& options);

 private:
  const char* layer_;
  int places_;  ///< dimensions after the channels
};

/// Of x [N, C, length] or [C, length].
struct InstanceNorm1d : InstanceNorm {
  explicit InstanceNorm1d(std::int64_t num_features, const InstanceNormLayerOptions& options = {});
};
/// Of x [N, C, height, width] or [C, height, width].
struct InstanceNorm2d : InstanceNorm {
  explicit InstanceNorm2d(std::int64_t num_features, const InstanceNormLayerOptions& options = {});
};
/// Of x [N, C, depth, height, width] or [C, depth, height, width].
struct InstanceNorm3d : InstanceNorm {
  explicit InstanceNorm3d(std::int64_t num_features, const InstanceNormLayerOptions& options = {});
};

}  // namespace adora
