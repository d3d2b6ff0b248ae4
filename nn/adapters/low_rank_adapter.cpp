#include "low_rank_adapter.h"

#include "../../autograd/grad_mode.h"

namespace adora {

Tensor LowRankAdapter::forward(const AdaptableLayer& layer, const Tensor& x) const {
  const LowRankFactors now = factors();
  const MagnitudeOptions& options = shared()->options.magnitude;
  return form_->forward(layer, x, now,
                        {.scale = scale(),
                         // Without a low-rank branch there is nothing to drop.
                         .dropout = training() && now.A.defined() ? shared()->config.dropout : 0,
                         .generator = &shared()->dropout_generator,
                         .reference_dropout = options.reference_dropout,
                         .detach_norm = options.detach_norm,
                         .route = options.route,
                         .cache = &cache_});
}

Tensor LowRankAdapter::merged(const Tensor& weight) const { return form_->merged(weight, factors(), scale()); }

WeightChange LowRankAdapter::change(const FrozenMatrix& weight) const {
  NoGrad no_grad;
  return form_->change(weight, factors(), scale());
}

void LowRankAdapter::check_merges(const std::string& where, const AdaptableLayer& layer) const {
  form_->check_merges(where, layer, factors());
}

}  // namespace adora
