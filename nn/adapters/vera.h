#pragma once
#include "low_rank_adapter.h"

namespace adora {

/// VeRA's frozen random matrices, one pair for all layers and large enough for each: [rank, in] and [out, rank].
struct VeraMatrices {
  Tensor A, B;
};
/// Drawn from the config's projection_prng_key, as a Linear's weights are by default. An error where a target has
/// another rank than the others.
VeraMatrices make_vera_matrices(const AdapterConfig& config, const std::vector<AdapterTarget>& targets);

/// b ∘ B·(d ∘ A) with frozen A and B (Kopiczko et al., "VeRA: vector-based random matrix adaptation", 2023, equation
/// 2).
class VeraAdapter : public LowRankAdapter {
 public:
  VeraAdapter(const AdapterTarget& target, std::shared_ptr<AdapterShared> shared, const VeraMatrices& matrices);
  std::vector<NamedTensor> peft_tensors(const std::string& module) const override;

 protected:
  LowRankFactors factors() const override;

 private:
  std::int64_t in_;
  Tensor d_;               ///< [rank]
  Tensor b_;               ///< [out]
  VeraMatrices matrices_;  ///< shared with the adapter's other layers
};

/// The fields of PEFT's VeraConfig.
void read_vera_fields(JsonFields& fields, AdapterConfig& config);
void write_vera_fields(Json::Object& fields, const AdapterConfig& config);

}  // namespace adora
