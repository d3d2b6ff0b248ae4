#pragma once
#include "low_rank_adapter.h"

namespace adora {

/// scale·B·A (Hu et al., "LoRA: low-rank adaptation of large language models", 2021, section 4.1).
class LoraAdapter : public LowRankAdapter {
 public:
  /// A uniform in ±1/√in, B zeros.
  LoraAdapter(const AdapterTarget& target, std::shared_ptr<AdapterShared> shared, Generator& generator);
  std::vector<NamedTensor> peft_tensors(const std::string& module) const override;

  Tensor lora_A;  ///< [rank, in]
  Tensor lora_B;  ///< [out, rank]

 protected:
  Factors factors(std::int64_t in, std::int64_t out) const override;
};

/// The fields of PEFT's LoraConfig, which DoRA has too.
void read_lora_fields(JsonFields& fields, AdapterConfig& config);
void write_lora_fields(Json::Object& fields, const AdapterConfig& config, bool use_dora);
/// rank_pattern and alpha_pattern.
void read_patterns(JsonFields& fields, AdapterConfig& config);

}  // namespace adora
