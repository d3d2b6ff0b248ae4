#include "lora.h"

namespace adora {
namespace {

/// LoRA with the lengths of the weight's rows trained by themselves (Liu et al., "DoRA", 2024, section 4).
class DoraAdapter final : public LoraAdapter {
 public:
  DoraAdapter(const AdapterTarget& target, std::shared_ptr<AdapterShared> shared, Generator& generator)
      : LoraAdapter(target, std::move(shared), generator), magnitude_(initial_magnitude(target)) {
    parameter("magnitude", magnitude_);
  }
  std::vector<NamedTensor> peft_tensors(const std::string& module) const override {
    std::vector<NamedTensor> tensors = LoraAdapter::peft_tensors(module);
    tensors.push_back({peft_name(module, "lora_magnitude_vector"), magnitude_});
    return tensors;
  }

 private:
  LowRankFactors factors() const override {
    LowRankFactors factors = LoraAdapter::factors();
    factors.magnitude = magnitude_;
    return factors;
  }

  Tensor magnitude_;  ///< of a Linear [out]
};

class Dora final : public AdapterKind {
 public:
  std::string name() const override { return "dora"; }
  bool has_magnitude() const override { return true; }
  void check_target(const AdapterTarget& target) const override { check_low_rank_target(target, true); }
  std::vector<std::unique_ptr<Adapter>> make(const std::vector<AdapterTarget>& targets,
                                             const std::shared_ptr<AdapterShared>& shared,
                                             Generator& generator) const override {
    return make_each<DoraAdapter>(targets, shared, generator);
  }
  std::string peft_type() const override { return "LORA"; }
  bool is_meant(const std::string& type, JsonFields& fields) const override {
    return type == "LORA" && fields.boolean("use_dora", false);
  }
  /// A magnitude trained alone is to PEFT a DoRA whose matrices are 0.
  bool is_known_to_peft(const AdapterConfig&) const override { return true; }
  void read(JsonFields& fields, JsonFields&, AdapterConfig& config) const override { read_lora_fields(fields, config); }
  void write(Json::Object& fields, Json::Object&, const AdapterConfig& config) const override {
    write_lora_fields(fields, config, true);
  }
};

const RegisterAdapterKind registered(std::make_unique<Dora>());

}  // namespace
}  // namespace adora
