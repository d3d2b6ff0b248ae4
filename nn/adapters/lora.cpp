#include "lora.h"

#include "../../core/error.h"
#include "peft_config.h"

namespace adora {

namespace {
/// What a parameter is called here that has the name in PEFT's files: "lora_A" of "lora_A.weight".
std::string own_name(const std::string& name) { return name.substr(0, name.find('.')); }
}  // namespace

LoraAdapter::LoraAdapter(const AdapterTarget& target, std::shared_ptr<AdapterShared> shared, Generator& generator)
    : LowRankAdapter(target, std::move(shared)) {
  const LowRankFactors fresh = form().fresh(target, generator);
  lora_A = fresh.A, lora_B = fresh.B;
  parameter(own_name(form().name_of_A()), lora_A);
  parameter(own_name(form().name_of_B()), lora_B);
}

std::vector<NamedTensor> LoraAdapter::peft_tensors(const std::string& module) const {
  return {{peft_name(module, form().name_of_A()), lora_A}, {peft_name(module, form().name_of_B()), lora_B}};
}

void read_patterns(JsonFields& fields, AdapterConfig& config) {
  for (const char* name : {"rank_pattern", "alpha_pattern"}) {
    const Json* json = fields.find(name);
    if (!json) continue;
    JsonFields patterns(*json, fields.where() + ": " + name);
    for (const std::string& key : patterns.unread()) {
      check_pattern_length(fields, name, key);
      if (name[0] == 'r') config.rank_pattern[key] = patterns.integer(key, 1, largest_adapter_rank);
      else config.alpha_pattern[key] = patterns.number(key, 0, 1e9);
    }
  }
}

void read_lora_fields(JsonFields& fields, AdapterConfig& config) {
  fields.boolean("use_dora", false);
  config.rank = fields.integer("r", 1, largest_adapter_rank, 8);
  config.alpha = fields.number("lora_alpha", 0, 1e9, 8.0);
  config.dropout = fields.number("lora_dropout", 0, 0.999, 0.0);
  config.use_rslora = fields.boolean("use_rslora", false);
  read_patterns(fields, config);
  // Other ways to begin change the base model's weights, which an adapter's file does not hold.
  if (const Json* init = fields.find("init_lora_weights")) {
    auto* text = init->get<std::string>();
    if (!init->get<bool>() && !(text && (*text == "gaussian" || *text == "orthogonal" || *text == "eva"))) {
      fields.refuse("init_lora_weights", "true, false, \"gaussian\", \"orthogonal\" or \"eva\"");
    }
  }
  // These say nothing unless another option is on, or only how training began.
  for (const char* name : {"megatron_core", "qalora_group_size", "eva_config", "runtime_config"}) fields.find(name);
}

namespace {

template <class T> Json patterns_of(const std::map<std::string, T>& patterns) {
  Json::Object object;
  for (const auto& [key, value] : patterns) object[key] = whole_number_if_it_is(static_cast<double>(value));
  return object;
}

class Lora final : public AdapterKind {
 public:
  std::string name() const override { return "lora"; }
  void check_target(const AdapterTarget& target) const override { check_low_rank_target(target, false); }
  std::vector<std::unique_ptr<Adapter>> make(const std::vector<AdapterTarget>& targets,
                                             const std::shared_ptr<AdapterShared>& shared,
                                             Generator& generator) const override {
    return make_each<LoraAdapter>(targets, shared, generator);
  }
  std::string peft_type() const override { return "LORA"; }
  bool is_meant(const std::string& type, JsonFields& fields) const override {
    return type == "LORA" && !fields.boolean("use_dora", false);
  }
  void read(JsonFields& fields, JsonFields&, AdapterConfig& config) const override { read_lora_fields(fields, config); }
  void write(Json::Object& fields, Json::Object&, const AdapterConfig& config) const override {
    write_lora_fields(fields, config, false);
  }
};

const RegisterAdapterKind registered(std::make_unique<Lora>());

}  // namespace

void write_lora_fields(Json::Object& fields, const AdapterConfig& config, bool use_dora) {
  fields["lora_alpha"] = whole_number_if_it_is(config.alpha);
  fields["lora_dropout"] = config.dropout;
  fields["use_dora"] = use_dora;
  fields["use_rslora"] = config.use_rslora;
  fields["init_lora_weights"] = true;
  fields["rank_pattern"] = patterns_of(config.rank_pattern);
  fields["alpha_pattern"] = patterns_of(config.alpha_pattern);
}

}  // namespace adora
