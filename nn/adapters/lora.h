#pragma once
#include "low_rank_adapter.h"

namespace adora {

/// scale·B·A (Hu et al., "LoRA: low-rank adaptation of large language models", 2021, section 4.1).
class LoraAdapter : public LowRankAdapter {
 public:
  /// Their product is 0 at first: of a Linear A is uniform in ±1/√in and B zeros.
  LoraAdapter(const AdapterTarget& target, std::shared_ptr<AdapterShared> shared, Generator& generator);
  std::vector<NamedTensor> peft_tensors(const std::string& module) const override;

  Tensor lora_A;  ///< of a Linear [rank, in]
  Tensor lora_B;  ///< and [out, rank]

 protected:
  LowRankFactors factors() const override { return {lora_A, lora_B, {}}; }
};

/// The fields of PEFT's LoraConfig, which DoRA has too.
void read_lora_fields(JsonFields& fields, AdapterConfig& config);
void write_lora_fields(Json::Object& fields, const AdapterConfig& config, bool use_dora);
/// rank_pattern and alpha_pattern.
void read_patterns(JsonFields& fields, AdapterConfig& config);

}  // namespace adora
