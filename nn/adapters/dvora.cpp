#include "vera.h"

namespace adora {
namespace {

/// VeRA with the lengths of the weight's rows trained by themselves (Liu et al., "DoRA", 2024, section 5.3).
class DvoraAdapter final : public VeraAdapter {
 public:
  DvoraAdapter(const AdapterTarget& target, std::shared_ptr<AdapterShared> shared, const VeraMatrices& matrices)
      : VeraAdapter(target, std::move(shared), matrices), magnitude_(initial_magnitude(target)) {
    parameter("magnitude", magnitude_);
  }
  std::vector<NamedTensor> peft_tensors(const std::string& module) const override {
    std::vector<NamedTensor> tensors = VeraAdapter::peft_tensors(module);
    tensors.push_back({peft_name(module, "lora_magnitude_vector"), magnitude_});
    return tensors;
  }

 private:
  LowRankFactors factors() const override {
    LowRankFactors factors = VeraAdapter::factors();
    factors.magnitude = magnitude_;
    return factors;
  }

  Tensor magnitude_;  ///< [out]
};

class Dvora final : public AdapterKind {
 public:
  std::string name() const override { return "dvora"; }
  bool has_alpha() const override { return false; }
  bool has_magnitude() const override { return true; }
  std::vector<std::unique_ptr<Adapter>> make(const std::vector<AdapterTarget>& targets,
                                             const std::shared_ptr<AdapterShared>& shared, Generator&) const override {
    const VeraMatrices matrices = make_vera_matrices(shared->config, targets);
    return make_each<DvoraAdapter>(targets, shared, matrices);
  }
  void read(JsonFields& fields, JsonFields&, AdapterConfig& config) const override { read_vera_fields(fields, config); }
  void write(Json::Object& fields, Json::Object&, const AdapterConfig& config) const override {
    write_vera_fields(fields, config);
  }
};

const RegisterAdapterKind registered(std::make_unique<Dvora>());

}  // namespace
}  // namespace adora
