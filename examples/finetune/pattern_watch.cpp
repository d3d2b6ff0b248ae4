#include "pattern_watch.h"

#include <algorithm>

#include "../../autograd/grad_mode.h"
#include "../../nn/adapters/adapter_targets.h"
#include "../../nn/adapters/low_rank_form.h"
#include "../../nn/adapters/model_adapters.h"
#include "../../ops/creation.h"
#include "adapters.h"

namespace adora::finetune {

PatternWatch::PatternWatch(CausalLm& model, const std::string& method, const std::vector<std::string>& modules)
    : model_(model) {
  if (method != "full") return;
  NoGrad no_grad;
  AdapterConfig config;
  set_targets(config, modules);
  for (const AdapterTarget& target : adapter_targets(model, config))
    kept_.push_back({target.name, target.layer, clone(target.layer->weight)});
}

std::map<std::string, WeightChange> PatternWatch::changes() const {
  if (kept_.empty()) return adapter_changes(model_);
  std::map<std::string, WeightChange> changes;
  for (const auto& [name, layer, before] : kept_) changes[name] = weight_change(*layer, before);
  return changes;
}

bool PatternWatch::watches(std::int64_t step, std::int64_t total) {
  return step == 1 || step == total || step % std::max<std::int64_t>(1, total / 50) == 0;
}

}  // namespace adora::finetune
