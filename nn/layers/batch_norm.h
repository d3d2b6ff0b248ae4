#pragma once
#include "channel_norm.h"

namespace adora {

/// Batch normalization (ops/channel_norm.h): by the batch's means and variances in training mode, and where no running
/// values are kept; by the running values in evaluation mode.
class BatchNorm : public ChannelNorm {
 public:
  /// x [N, num_features, …], of as many dimensions as the layer is for.
  Tensor operator()(const Tensor& x) const;

 protected:
  BatchNorm(const char* layer, int fewest_dims, int most_dims, std::int64_t num_features,
            const ChannelNormOptions& options);

 private:
  const char* layer_;
  int fewest_dims_, most_dims_;
};

/// Of x [N, C] or [N, C, length].
struct BatchNorm1d : BatchNorm {
  explicit BatchNorm1d(std::int64_t num_features, const ChannelNormOptions& options = {});
};
/// Of x [N, C, height, width].
struct BatchNorm2d : BatchNorm {
  explicit BatchNorm2d(std::int64_t num_features, const ChannelNormOptions& options = {});
};
/// Of x [N, C, depth, height, width].
struct BatchNorm3d : BatchNorm {
  explicit BatchNorm3d(std::int64_t num_features, const ChannelNormOptions& options = {});
};

}  // namespace adora
