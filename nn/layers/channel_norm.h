#pragma once
#include <optional>

#include "../module.h"

namespace adora {

struct ChannelNormOptions {
  double eps = 1e-5;
  /// How far running values move toward a batch's; none: they are the averages over all batches so far.
  std::optional<double> momentum = 0.1;
  bool affine = true;               ///< a weight and a bias
  bool track_running_stats = true;  ///< running values, used in evaluation mode
  DType dtype = float32;
  Device device = default_device();
};

/// What layers that normalize each channel have in common. A part that the options leave out is undefined.
class ChannelNorm : public Module {
 public:
  Tensor weight;               ///< [num_features], ones at first
  Tensor bias;                 ///< [num_features], zeros at first
  Tensor running_mean;         ///< [num_features], zeros at first; a buffer
  Tensor running_var;          ///< [num_features], ones at first; a buffer
  Tensor num_batches_tracked;  ///< [], int64; a buffer

 protected:
  /// `layer` names the class in errors.
  ChannelNorm(const char* layer, std::int64_t num_features, const ChannelNormOptions& options);
  bool tracks() const { return running_mean.defined(); }

  double eps_;
  std::optional<double> momentum_;
};

}  // namespace adora
