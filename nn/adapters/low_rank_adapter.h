#pragma once
#include "adapter.h"

namespace adora {

/// An adapter that adds a product of low rank to the weight, and may set the lengths of its rows: what LoRA, DoRA and
/// VeRA have in common. A kind names its tensors and says what the product's factors are.
class LowRankAdapter : public Adapter {
 public:
  using Adapter::Adapter;
  Tensor forward(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias) const override;
  /// With a magnitude it has no gradient, and refuses tensors that want one; see dora_merge.
  Tensor merged(const Tensor& weight) const override;
  WeightChange change(const FrozenMatrix& weight) const override;

 protected:
  /// The weight [out, in] becomes W + scale·B·A, then its rows get the length |magnitude|.
  struct Factors {
    Tensor A, B;       ///< [rank, in] and [out, rank]; undefined: nothing is added
    Tensor magnitude;  ///< [out]; undefined: lengths stay as they are
  };
  virtual Factors factors(std::int64_t in, std::int64_t out) const = 0;

 private:
  mutable DoraCache cache_;
};

/// The lengths of the weight's rows, where a magnitude starts.
Tensor initial_magnitude(const Linear& base);

}  // namespace adora
