#include "variant.h"

#include <fmt/core.h>

#include "../finetune/methods.h"
#include "../finetune/settings.h"
#include "../report/report.h"

namespace adora::reproduce {

Variant zero_shot() { return {"zero-shot", "zero-shot", "", {"--method=full", "--max-steps=0"}}; }

Variant full() { return {"full", "Full", "full", {"--method=full", "--watch-patterns"}}; }

Variant low_rank(const std::string& method, std::int64_t rank) {
  // Over quantized weights the learning rate is that of the same method without.
  return {
      fmt::format("{}-r{}", method, rank),
      finetune::method_label(method, rank),
      finetune::without_quantizing(method),
      {"--method=" + method, fmt::format("--rank={}", rank), fmt::format("--alpha={}", 2 * rank), "--watch-patterns"}};
}

Variant dora_with_norm_gradient(std::int64_t rank) {
  Variant variant = low_rank("dora", rank);
  variant.name += "-full-norm-gradient";
  variant.label += ", norm's gradient in full";
  variant.arguments.emplace_back("--norm-gradient=full");
  return variant;
}

Variant fine_grained(std::int64_t rank) {
  Variant variant = low_rank("dora", rank);
  variant.name += "-fine";
  variant.label += ", V on QKV";
  variant.arguments.emplace_back("--target-modules=q_proj,k_proj,v_proj");
  variant.arguments.emplace_back("--magnitude-modules=o_proj,gate_proj,up_proj,down_proj");
  return variant;
}

Variant with_share(Variant variant, std::int64_t per_cent) {
  if (per_cent == 100) return variant;
  variant.name += fmt::format("-{}percent", per_cent);
  variant.share = per_cent;
  return variant;
}

std::vector<std::string> tuned_methods() { return {"full", "lora", "dora", "vera", "dvora"}; }

std::string Trial::name() const {
  if (tuning_rate > 0) return fmt::format("tuning/{}-lr{}", variant.name, tuning_rate);
  return fmt::format("{}-seed{}", variant.name, seed);
}

std::vector<Trial> trials_of(const Variant& variant, const std::vector<std::int64_t>& seeds) {
  std::vector<Trial> trials;
  for (const std::int64_t seed : seeds) trials.push_back({variant, seed});
  return trials;
}

}  // namespace adora::reproduce
