#include "low_rank_adapter.h"

#include "../../autograd/grad_mode.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/low_rank.h"
#include "../../ops/matmul.h"

namespace adora {

Tensor LowRankAdapter::forward(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias) const {
  const auto [A, B, magnitude] = factors(weight.size(1), weight.size(0));
  // Without a low-rank branch there is nothing to drop.
  const double dropout = training() && A.defined() ? shared()->config.dropout : 0;
  Generator* generator = &shared()->dropout_generator;
  if (!magnitude.defined())
    return lora_linear(x, weight, bias, A, B, {.scale = scale(), .dropout = dropout, .generator = generator});
  const MagnitudeOptions& options = shared()->options.magnitude;
  return dora_linear(x, weight, bias, A, B, magnitude,
                     {.scale = scale(),
                      .dropout = dropout,
                      .generator = generator,
                      .reference_dropout = options.reference_dropout,
                      .detach_norm = options.detach_norm,
                      .route = options.route,
                      .cache = &cache_});
}

Tensor LowRankAdapter::merged(const Tensor& weight) const {
  const auto [A, B, magnitude] = factors(weight.size(1), weight.size(0));
  if (magnitude.defined()) return dora_merge(weight, A, B, magnitude, scale());
  return adora::to(adora::to(weight, A.dtype()) + matmul(B, A) * scale(), weight.dtype());
}

WeightChange LowRankAdapter::change(const FrozenMatrix& weight) const {
  NoGrad no_grad;
  const auto [A, B, magnitude] = factors(weight.size(1), weight.size(0));
  return weight_change(weight, A, B, scale(), magnitude);
}

Tensor initial_magnitude(const Linear& base) {
  NoGrad no_grad;
  return to(dora_weight_norm(base.frozen(), {}, {}, 1), adapter_dtype(base));
}

}  // namespace adora
