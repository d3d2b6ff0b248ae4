#include "batch_norm.h"

#include "../../ops/arithmetic.h"
#include "../../ops/channel_norm.h"
#include "../../ops/creation.h"
#include "../noted_call.h"

namespace adora {

BatchNorm::BatchNorm(const char* layer, int fewest_dims, int most_dims, std::int64_t num_features,
                     const ChannelNormOptions& options)
    : ChannelNorm(layer, num_features, options), layer_(layer), fewest_dims_(fewest_dims), most_dims_(most_dims) {}

Tensor BatchNorm::operator()(const Tensor& x) const {
  return noted_call(*this, [&] {
    check_inputs(layer_, {&x});
    check(x.ndim() >= fewest_dims_ && x.ndim() <= most_dims_, "{}: takes tensors of {} dimensions, not {}", layer_,
          fewest_dims_ == most_dims_ ? std::to_string(most_dims_)
                                     : std::to_string(fewest_dims_) + " or " + std::to_string(most_dims_),
          describe(x));
    if (!training()) {
      return batch_norm(x, running_mean, running_var, weight, bias, {.training = !tracks(), .eps = eps_});
    }
    const double tracked = tracks() && !momentum_ ? item(num_batches_tracked) + 1 : 1;
    const Tensor y = batch_norm(x, running_mean, running_var, weight, bias,
                                {.training = true, .momentum = momentum_.value_or(1 / tracked), .eps = eps_});
    if (tracks()) copy_(num_batches_tracked, num_batches_tracked + 1.0);
    return y;
  });
}

BatchNorm1d::BatchNorm1d(std::int64_t num_features, const ChannelNormOptions& options)
    : BatchNorm("BatchNorm1d", 2, 3, num_features, options) {}
BatchNorm2d::BatchNorm2d(std::int64_t num_features, const ChannelNormOptions& options)
    : BatchNorm("BatchNorm2d", 4, 4, num_features, options) {}
BatchNorm3d::BatchNorm3d(std::int64_t num_features, const ChannelNormOptions& options)
    : BatchNorm("BatchNorm3d", 5, 5, num_features, options) {}

}  // namespace adora
