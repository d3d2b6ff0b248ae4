#pragma once
#include "low_rank_form.h"

namespace adora {

/// An adapter that adds a product of low rank to the weight, and may set the lengths of its rows: what LoRA, DoRA and
/// VeRA have in common. A kind names its tensors and says what the product's factors are; the layer's LowRankForm
/// computes.
class LowRankAdapter : public Adapter {
 public:
  LowRankAdapter(const AdapterTarget& target, std::shared_ptr<AdapterShared> shared)
      : Adapter(target, std::move(shared)), form_(&low_rank_form(*target.layer)) {}
  Tensor forward(const AdaptableLayer& layer, const Tensor& x) const override;
  /// With a magnitude it has no gradient, and refuses tensors that want one; see dora_merge.
  Tensor merged(const Tensor& weight) const override;
  WeightChange change(const FrozenMatrix& weight) const override;
  void check_merges(const std::string& where, const AdaptableLayer& layer) const override;

 protected:
  /// As they are now; a Linear's are A [rank, in], B [out, rank] and a magnitude [out].
  virtual LowRankFactors factors() const = 0;
  const LowRankForm& form() const { return *form_; }

 private:
  const LowRankForm* form_;
  mutable DoraCache cache_;
};

}  // namespace adora
