#include "vera.h"

#include <cmath>

#include "../../core/error.h"
#include "../../ops/creation.h"
#include "../../ops/low_rank.h"
#include "../../ops/view.h"
#include "peft_config.h"

namespace adora {

VeraMatrices make_vera_matrices(const AdapterConfig& config, const std::vector<AdapterTarget>& targets) {
  std::int64_t in = 0, out = 0;
  for (const AdapterTarget& target : targets) {
    check(target.rank == config.rank, "adapter: VeRA's matrices are shared, so {} cannot have another rank",
          target.name);
    in = std::max(in, target.layer->frozen().size(1));
    out = std::max(out, target.layer->frozen().size(0));
  }
  if (targets.empty()) return {};
  const AdapterTarget& last = targets.back();
  const DType dtype = adapter_dtype(*last.layer);
  Generator generator(static_cast<std::uint64_t>(config.projection_prng_key));
  const double a = 1 / std::sqrt(static_cast<double>(in)), b = 1 / std::sqrt(static_cast<double>(config.rank));
  const Tensor A = uniform({config.rank, in}, -a, a, generator, dtype, last.device);
  return {A, uniform({out, config.rank}, -b, b, generator, dtype, last.device)};
}

VeraAdapter::VeraAdapter(const AdapterTarget& target, std::shared_ptr<AdapterShared> shared,
                         const VeraMatrices& matrices)
    : LowRankAdapter(target, shared), in_(target.layer->frozen().size(1)), matrices_(matrices) {
  const DType dtype = adapter_dtype(*target.layer);
  d_ = full({target.rank}, shared->config.d_initial, dtype, target.device);
  b_ = zeros({target.layer->frozen().size(0)}, dtype, target.device);
  parameter("vera_d", d_);
  parameter("vera_b", b_);
  buffer("vera_A", matrices_.A);
  buffer("vera_B", matrices_.B);
}

std::vector<NamedTensor> VeraAdapter::peft_tensors(const std::string& module) const {
  return {{"base_model.vera_A", matrices_.A},
          {"base_model.vera_B", matrices_.B},
          {peft_name(module, "vera_lambda_d"), d_},
          {peft_name(module, "vera_lambda_b"), b_}};
}

LowRankFactors VeraAdapter::factors() const {
  return {slice(matrices_.A, 1, 0, in_), vera_factor(slice(matrices_.B, 0, 0, b_.size(0)), d_, b_), {}};
}

void read_vera_fields(JsonFields& fields, AdapterConfig& config) {
  config.rank = fields.integer("r", 1, largest_adapter_rank, 256);
  config.alpha = static_cast<double>(config.rank);
  config.dropout = fields.number("vera_dropout", 0, 0.999, 0.0);
  config.d_initial = fields.number("d_initial", -1e6, 1e6, 0.1);
  config.projection_prng_key = fields.integer("projection_prng_key", INT64_MIN, INT64_MAX, 0);
  if (!fields.boolean("save_projection", true)) {
    fields.refuse("save_projection", "true: the shared matrices are read from the file, not drawn again");
  }
  fields.boolean("init_weights", true);
}

void write_vera_fields(Json::Object& fields, const AdapterConfig& config) {
  fields["vera_dropout"] = config.dropout;
  fields["d_initial"] = config.d_initial;
  fields["projection_prng_key"] = config.projection_prng_key;
  fields["save_projection"] = true;
  fields["init_weights"] = true;
}

namespace {

class Vera final : public AdapterKind {
 public:
  std::string name() const override { return "vera"; }
  bool has_alpha() const override { return false; }
  std::vector<std::unique_ptr<Adapter>> make(const std::vector<AdapterTarget>& targets,
                                             const std::shared_ptr<AdapterShared>& shared, Generator&) const override {
    const VeraMatrices matrices = make_vera_matrices(shared->config, targets);
    return make_each<VeraAdapter>(targets, shared, matrices);
  }
  std::string peft_type() const override { return "VERA"; }
  bool is_meant(const std::string& type, JsonFields&) const override { return type == "VERA"; }
  bool is_known_to_peft(const AdapterConfig& config) const override {
    return config.magnitude_modules.empty() && config.exclude_modules.empty() && config.exclude_regex.empty();
  }
  void read(JsonFields& fields, JsonFields&, AdapterConfig& config) const override { read_vera_fields(fields, config); }
  void write(Json::Object& fields, Json::Object&, const AdapterConfig& config) const override {
    write_vera_fields(fields, config);
  }
};

const RegisterAdapterKind registered(std::make_unique<Vera>());

}  // namespace

}  // namespace adora
