#include <algorithm>

#include "../../core/error.h"
#include "../../ops/creation.h"
#include "lora.h"
#include "peft_config.h"

namespace adora {
namespace {

/// The lengths of the weight's rows alone are trained; their directions stay (Liu et al., "DoRA", 2024, table 6).
class MagnitudeAdapter final : public LowRankAdapter {
 public:
  MagnitudeAdapter(const AdapterTarget& target, std::shared_ptr<AdapterShared> shared)
      : LowRankAdapter(target, std::move(shared)), magnitude_(initial_magnitude(target)) {
    parameter("magnitude", magnitude_);
  }
  std::vector<NamedTensor> peft_tensors(const std::string& module) const override {
    return {{peft_name(module, "lora_magnitude_vector"), magnitude_}};
  }

 private:
  LowRankFactors factors() const override { return {{}, {}, magnitude_}; }

  Tensor magnitude_;  ///< of a Linear [out]
};

bool is_zero(const Tensor& x) {
  const std::vector<double> values = to_vector<double>(x);
  return std::all_of(values.begin(), values.end(), [](double value) { return value == 0; });
}

/// To PEFT it is a DoRA whose matrices are 0.
class Magnitude final : public AdapterKind {
 public:
  std::string name() const override { return "magnitude"; }
  bool has_rank() const override { return false; }
  bool has_alpha() const override { return false; }
  bool has_magnitude() const override { return true; }
  void check_target(const AdapterTarget& target) const override { check_low_rank_target(target, true); }
  std::vector<std::unique_ptr<Adapter>> make(const std::vector<AdapterTarget>& targets,
                                             const std::shared_ptr<AdapterShared>& shared, Generator&) const override {
    return make_each<MagnitudeAdapter>(targets, shared);
  }

  std::string peft_type() const override { return "LORA"; }
  bool is_known_to_peft(const AdapterConfig&) const override { return true; }
  void read(JsonFields& fields, JsonFields& own, AdapterConfig& config) const override {
    read_lora_fields(fields, config);
    config.rank = own.integer("r", 0, largest_adapter_rank, config.rank);
    config.alpha = own.number("lora_alpha", 0, 1e9, config.alpha);
    read_patterns(own, config);
  }
  void write(Json::Object& fields, Json::Object& own, const AdapterConfig& config) const override {
    write_lora_fields(fields, config, true);
    own["method"] = name();
    own["r"] = config.rank;
    for (const char* field : {"lora_alpha", "rank_pattern", "alpha_pattern"}) own[field] = fields.at(field);
    for (const char* field : {"r", "lora_alpha"}) fields[field] = 1;
    for (const char* field : {"rank_pattern", "alpha_pattern"}) fields[field] = Json::Object();
  }

  void add_idle_tensors(StateDict& state, const AdapterTarget& target, const AdapterConfig& config) const override {
    // PEFT can't read the folder where the other modules' adapters are not DoRA's.
    const bool dora = config.kind == "dora";
    const auto magnitude = state.find(peft_name(target.name, "lora_magnitude_vector"));
    if ((!dora && config.kind != name()) || magnitude == state.end()) return;
    const DType dtype = magnitude->second.dtype();
    AdapterTarget shapes = target;
    shapes.rank = dora ? target.rank : 1;
    shapes.device = meta;
    const LowRankForm& form = low_rank_form(*target.layer);
    Generator generator(0);
    const auto [A, B, none] = form.fresh(shapes, generator);
    state[peft_name(target.name, form.name_of_A())] = zeros(A.shape(), dtype, cpu);
    state[peft_name(target.name, form.name_of_B())] = zeros(B.shape(), dtype, cpu);
  }
  void remove_idle_tensors(StateDict& state, const AdapterTarget& target, const std::string& where) const override {
    const LowRankForm& form = low_rank_form(*target.layer);
    const auto A = state.find(peft_name(target.name, form.name_of_A())),
               B = state.find(peft_name(target.name, form.name_of_B()));
    if (A == state.end() || B == state.end()) return;
    check(is_zero(A->second) || is_zero(B->second),
          "{}: {} and {} are not 0, but the config has the magnitude alone trained there", where, A->first, B->first);
    state.erase(A);
    state.erase(B);
  }
};

const RegisterAdapterKind registered(std::make_unique<Magnitude>());

}  // namespace
}  // namespace adora
