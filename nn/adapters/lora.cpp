#include "lora.h"

#include "../../autograd/grad_mode.h"
#include "../../core/error.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/join.h"
#include "initial_factors.h"
#include "peft_config.h"

namespace adora {

namespace {
/// What a parameter is called here that has the name in PEFT's files: "lora_A" of "lora_A.weight".
std::string own_name(const std::string& name) { return name.substr(0, name.find('.')); }
}  // namespace

LoraAdapter::LoraAdapter(const AdapterTarget& target, std::shared_ptr<AdapterShared> shared, Generator& generator)
    : LowRankAdapter(target, shared) {
  const InitialFactors first = initial_factors(form(), target, shared->config.init, generator);
  lora_A = first.A, lora_B = first.B;
  parameter(own_name(form().name_of_A()), lora_A);
  parameter(own_name(form().name_of_B()), lora_B);
  if (target.bias) {
    bias = zeros({lora_B.size(0)}, lora_B.dtype(), lora_B.device());
    parameter("lora_bias", bias);
  }
  if (!first.is_part_of_weight) return;
  initial_A_ = clone(lora_A.detach()), initial_B_ = clone(lora_B.detach());
  buffer("initial_A", initial_A_);
  buffer("initial_B", initial_B_);
}

LowRankFactors LoraAdapter::factors() const {
  if (!initial_A_.defined()) return {lora_A, lora_B, {}};
  return {cat({lora_A, initial_A_}, 0), cat({lora_B, initial_B_ * -1.0}, 1), {}};
}

Tensor LoraAdapter::forward(const AdaptableLayer& layer, const Tensor& x) const {
  const Tensor y = LowRankAdapter::forward(layer, x);
  return bias.defined() ? adora::to(y + form().along_outputs(bias * scale()), y.dtype()) : y;
}

Tensor LoraAdapter::merged_bias(const Tensor& own) const {
  return bias.defined() ? adora::to(own, bias.dtype()) + bias * scale() : own;
}

void LoraAdapter::check_merges(const std::string& where, const AdaptableLayer& layer) const {
  LowRankAdapter::check_merges(where, layer);
  Tensor* own = const_cast<AdaptableLayer&>(layer).bias_place();
  check(!bias.defined() || (own && own->defined()),
        "{}: the adapter has a bias (lora_bias) and the layer none to put it into; use the adapter unmerged", where);
}

std::vector<NamedTensor> LoraAdapter::peft_tensors(const std::string& module) const {
  std::vector<NamedTensor> tensors{{peft_name(module, form().name_of_A()), lora_A},
                                   {peft_name(module, form().name_of_B()), lora_B}};
  if (bias.defined()) tensors.push_back({peft_name(module, "lora_B.bias"), bias});
  return tensors;
}

std::vector<NamedTensor> LoraAdapter::peft_tensors_of_own_weights(const std::string& module) const {
  NoGrad no_grad;
  std::vector<NamedTensor> tensors = peft_tensors(module);
  const LowRankFactors all = LoraAdapter::factors();
  tensors[0].tensor = all.A, tensors[1].tensor = all.B;
  return tensors;
}

void read_patterns(JsonFields& fields, AdapterConfig& config) {
  for (const char* name : {"rank_pattern", "alpha_pattern"}) {
    const Json* json = fields.find(name);
    if (!json) continue;
    JsonFields patterns(*json, fields.where() + ": " + name);
    for (const std::string& key : patterns.unread()) {
      check_pattern_length(fields, name, key);
      if (name[0] == 'r') config.rank_pattern.emplace_back(key, patterns.integer(key, 1, largest_adapter_rank));
      else config.alpha_pattern.emplace_back(key, patterns.number(key, 0, 1e9));
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
  config.lora_bias = fields.boolean("lora_bias", false);
  config.init = read_init(fields);
  // These say nothing unless another option is on, or only how training began.
  for (const char* name : {"megatron_core", "qalora_group_size", "eva_config", "runtime_config"}) fields.find(name);
}

namespace {

template <class T> Json patterns_of(const std::vector<std::pair<std::string, T>>& patterns) {
  Json::Object object;
  for (const auto& [key, value] : patterns) object[key] = whole_number_if_it_is(static_cast<double>(value));
  return object;
}

class Lora final : public AdapterKind {
 public:
  std::string name() const override { return "lora"; }
  bool has_bias() const override { return true; }
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
  fields["init_lora_weights"] = init_json(config.init);
  if (config.lora_bias) fields["lora_bias"] = true;
  fields["rank_pattern"] = patterns_of(config.rank_pattern);
  fields["alpha_pattern"] = patterns_of(config.alpha_pattern);
}

}  // namespace adora
