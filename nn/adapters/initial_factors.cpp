#include "initial_factors.h"

#include <algorithm>
#include <cmath>

#include "../../autograd/grad_mode.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/elementwise/sqrt.h"
#include "../../ops/factorize.h"
#include "../../ops/quantize.h"
#include "../../ops/view.h"
#include "../layers/linear.h"

namespace adora {
namespace {

bool is_pissa(const std::string& init) {
  constexpr std::string_view steps = "pissa_niter_";
  if (init == "pissa") return true;
  return init.starts_with(steps) && init.size() > steps.size() && init.size() < steps.size() + 4 &&
         init.find_first_not_of("0123456789", steps.size()) == init.npos;
}

bool is_part_of_weight(const std::string& init) { return is_pissa(init) || init == "olora"; }

/// A and B whose product, scaled, is a part of the weight.
InitialFactors parts_of_weight(const AdapterTarget& target, const std::string& init) {
  const FrozenMatrix frozen = target.layer->frozen();
  const std::int64_t out = frozen.size(0), in = frozen.size(1), most = std::min(out, in);
  check(target.rank <= most,
        "adapter: init {}: the rank {} of {} is more than the smaller side of its weight, [{}, {}]", init, target.rank,
        target.name, out, in);
  check(target.scale > 0, "adapter: init {}: the scale of {} must be positive, not {}", init, target.name,
        target.scale);
  const DType dtype = adapter_dtype(*target.layer);
  const std::int64_t r = target.rank;
  if (target.device == meta) return {empty({r, in}, dtype, meta), empty({out, r}, dtype, meta), true};
  const Tensor weight = to(to(dequantized_rows(frozen, 0, out), dtype), cpu);
  Tensor A, B;
  if (is_pissa(init)) {
    const auto [U, S, Vh] = svd(weight);
    const Tensor root = sqrt(slice(S, 0, 0, r) * (1 / target.scale));
    A = reshape(root, {r, 1}) * slice(Vh, 0, 0, r);
    B = slice(U, 1, 0, r) * root;
  } else {
    const auto [Q, R] = qr(weight);
    A = slice(R, 0, 0, r), B = slice(Q, 1, 0, r);
  }
  return {contiguous(to(A, target.device)), contiguous(to(B, target.device)), true};
}

}  // namespace

InitialFactors initial_factors(const LowRankForm& form, const AdapterTarget& target, const std::string& init,
                               Generator& generator) {
  NoGrad no_grad;
  const bool linear = dynamic_cast<const Linear*>(target.layer) != nullptr;
  if (is_part_of_weight(init) && linear) return parts_of_weight(target, init);
  LowRankFactors fresh = form.fresh(target, generator);
  const std::string_view name = form.name_of_A();
  // An embedding's A is 0 whatever the word, and B normally distributed.
  if (name.starts_with("lora_embedding")) return {fresh.A, fresh.B};
  if (is_part_of_weight(init)) refuse_target(target, fmt::format("init {} is for Linear modules alone", init));
  const double rank = static_cast<double>(target.rank);
  const DType dtype = fresh.A.dtype();
  if (init == "gaussian") fresh.A = normal(fresh.A.shape(), 0, 1 / rank, generator, dtype, target.device);
  if (init == "false")
    fresh.B = uniform(fresh.B.shape(), -1 / std::sqrt(rank), 1 / std::sqrt(rank), generator, dtype, target.device);
  return {fresh.A, fresh.B};
}

void check_init(const AdapterConfig& config) {
  const std::string& init = config.init;
  const bool known = init == "true" || init == "false" || init == "gaussian" || is_part_of_weight(init);
  check(
      known,
      "adapter: init {} is not known; there are true, gaussian, pissa, pissa_niter_N, olora and false (loftq, eva, "
      "corda, lora_ga and orthogonal are not here: begin with pissa, olora or true, or initialize with PEFT, save the "
      "adapter and go on from it)",
      shortened(init));
  check(!config.lora_bias || init == "true" || init == "false",
        "adapter: lora_bias goes with init true or false, not {}", init);
}

AdapterConfig config_on_own_weights(const AdapterConfig& config) {
  AdapterConfig own = config;
  if (!is_part_of_weight(config.init)) return own;
  own.init = "true";
  own.rank *= 2;
  for (auto& [key, rank] : own.rank_pattern) rank *= 2;
  // The scale stays: alpha / rank, or alpha / √rank.
  const double factor = config.use_rslora ? std::sqrt(2.0) : 2;
  own.alpha *= factor;
  for (auto& [key, alpha] : own.alpha_pattern) alpha *= factor;
  return own;
}

std::string read_init(JsonFields& fields) {
  const Json* json = fields.find("init_lora_weights");
  if (!json) return "true";
  if (const auto* flag = json->get<bool>()) return *flag ? "true" : "false";
  const auto* text = json->get<std::string>();
  // How training began says nothing of what A and B are now.
  for (const char* passed : {"gaussian", "orthogonal", "eva", "mica"})
    if (text && *text == passed) return *text == "gaussian" ? *text : "true";
  if (text && is_part_of_weight(*text)) return *text;
  fields.refuse("init_lora_weights",
                "true, false, \"gaussian\", \"pissa\", \"pissa_niter_N\", \"olora\", \"orthogonal\" or \"eva\"; other "
                "ways change the base model by what the folder doesn't hold: save it with PEFT's "
                "path_initial_model_for_weight_conversion, or merge it there");
}

Json init_json(const std::string& init) {
  return init == "true" || init == "false" ? Json(init == "true") : Json(init);
}

}  // namespace adora
