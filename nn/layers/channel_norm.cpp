#include "channel_norm.h"

#include <cmath>

#include "../../ops/creation.h"

namespace adora {

ChannelNorm::ChannelNorm(const char* layer, std::int64_t num_features, const ChannelNormOptions& options)
    : eps_(options.eps), momentum_(options.momentum) {
  check(num_features >= 0, "{}: there can't be {} features", layer, num_features);
  check(eps_ >= 0 && std::isfinite(eps_), "{}: eps must be a finite number of 0 or more, not {}", layer, eps_);
  check(std::isfinite(momentum_.value_or(0)), "{}: the momentum must be a finite number, not {}", layer,
        momentum_.value_or(0));
  if (options.affine) {
    weight = ones({num_features}, options.dtype, options.device);
    bias = zeros({num_features}, options.dtype, options.device);
  }
  if (options.track_running_stats) {
    running_mean = zeros({num_features}, options.dtype, options.device);
    running_var = ones({num_features}, options.dtype, options.device);
    num_batches_tracked = zeros({}, int64, options.device);
  }
  parameter("weight", weight);
  parameter("bias", bias);
  buffer("running_mean", running_mean);
  buffer("running_var", running_var);
  buffer("num_batches_tracked", num_batches_tracked);
}

}  // namespace adora
