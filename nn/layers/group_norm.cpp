#include "group_norm.h"

#include <cmath>

#include "../../ops/channel_norm.h"
#include "../../ops/creation.h"
#include "../noted_call.h"

namespace adora {

GroupNorm::GroupNorm(std::int64_t num_groups, std::int64_t num_channels, const GroupNormOptions& options)
    : num_groups_(num_groups), num_channels_(num_channels), eps_(options.eps) {
  check(num_groups > 0 && num_channels >= 0 && num_channels % num_groups == 0,
        "GroupNorm: {} channels do not make {} groups; their number must be a multiple of that", num_channels,
        num_groups);
  check(eps_ >= 0 && std::isfinite(eps_), "GroupNorm: eps must be a finite number of 0 or more, not {}", eps_);
  if (options.affine) {
    weight = ones({num_channels}, options.dtype, options.device);
    bias = zeros({num_channels}, options.dtype, options.device);
  }
  parameter("weight", weight);
  parameter("bias", bias);
}

Tensor GroupNorm::operator()(const Tensor& x) const {
  return noted_call(*this, [&] {
    check_inputs("GroupNorm", {&x});
    check(x.ndim() >= 2 && x.size(1) == num_channels_, "GroupNorm: {} must be [N, {}, …]", describe(x), num_channels_);
    return group_norm(x, num_groups_, weight, bias, eps_);
  });
}

}  // namespace adora
