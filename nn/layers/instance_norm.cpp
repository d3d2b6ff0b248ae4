#include "instance_norm.h"

#include "../../ops/channel_norm.h"
#include "../../ops/view.h"
#include "../noted_call.h"

namespace adora {

InstanceNorm::InstanceNorm(const char* layer, int places, std::int64_t num_features,
                           const InstanceNormLayerOptions& options)
    : ChannelNorm(layer, num_features,
                  {.eps = options.eps,
                   .momentum = options.momentum,
                   .affine = options.affine,
                   .track_running_stats = options.track_running_stats,
                   .dtype = options.dtype,
                   .device = options.device}),
      layer_(layer),
      places_(places) {}

Tensor InstanceNorm::operator()(const Tensor& x) const {
  return noted_call(*this, [&] {
    check_inputs(layer_, {&x});
    check(x.ndim() == places_ + 2 || x.ndim() == places_ + 1, "{}: takes tensors of {} or {} dimensions, not {}",
          layer_, places_ + 1, places_ + 2, describe(x));
    const bool alone = x.ndim() == places_ + 1;
    const Tensor y =
        instance_norm(alone ? unsqueeze(x, 0) : x, running_mean, running_var, weight, bias,
                      {.use_input_stats = training() || !tracks(), .momentum = momentum_.value_or(0), .eps = eps_});
    return alone ? squeeze(y, 0) : y;
  });
}

InstanceNorm1d::InstanceNorm1d(std::int64_t num_features, const InstanceNormLayerOptions& options)
    : InstanceNorm("InstanceNorm1d", 1, num_features, options) {}
InstanceNorm2d::InstanceNorm2d(std::int64_t num_features, const InstanceNormLayerOptions& options)
    : InstanceNorm("InstanceNorm2d", 2, num_features, options) {}
InstanceNorm3d::InstanceNorm3d(std::int64_t num_features, const InstanceNormLayerOptions& options)
    : InstanceNorm("InstanceNorm3d", 3, num_features, options) {}

}  // namespace adora
