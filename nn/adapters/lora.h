#pragma once
#include "low_rank_adapter.h"

namespace adora {

/// scale·B·A (Hu et al., "LoRA: low-rank adaptation of large language models", 2021, section 4.1).
class LoraAdapter : public LowRankAdapter {
 public:
  /// As the config's `init` says (initial_factors.h).
  LoraAdapter(const AdapterTarget& target, std::shared_ptr<AdapterShared> shared, Generator& generator);
  Tensor forward(const AdaptableLayer& layer, const Tensor& x) const override;
  Tensor merged_bias(const Tensor& bias) const override;
  void check_merges(const std::string& where, const AdaptableLayer& layer) const override;
  std::vector<NamedTensor> peft_tensors(const std::string& module) const override;
  std::vector<NamedTensor> peft_tensors_of_own_weights(const std::string& module) const override;

  Tensor lora_A;  ///< of a Linear [rank, in]
  Tensor lora_B;  ///< and [out, rank]
  Tensor bias;    ///< [out], or undefined

 protected:
  /// Those that the weight changes by: of twice the rank where A and B began with parts of it.
  LowRankFactors factors() const override;

 private:
  Tensor initial_A_, initial_B_;  ///< what A and B began with, where that is to be taken off; or undefined
};

/// The fields of PEFT's LoraConfig, which DoRA has too.
void read_lora_fields(JsonFields& fields, AdapterConfig& config);
void write_lora_fields(Json::Object& fields, const AdapterConfig& config, bool use_dora);
/// rank_pattern and alpha_pattern.
void read_patterns(JsonFields& fields, AdapterConfig& config);

}  // namespace adora
