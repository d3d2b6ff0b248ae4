#include "json_values.h"

#include "../../core/error.h"
#include "../../nn/io/json_fields.h"

namespace adora::finetune {

Json json_of(const WeightChanges& changes) {
  Json::Object object;
  for (const auto& [module, change] : changes) object[module] = json_of(change);
  return object;
}

std::optional<double> number_of(const StepRecord& step, const std::string& field) {
  for (const auto& [name, value] : numbers_of(step))
    if (name == field) return value;
  return {};
}

WeightChanges changes_of(const StepRecord& step) {
  WeightChanges changes;
  const auto found = step.more.find("changes");
  if (found == step.more.end()) return changes;
  const std::string where = fmt::format("log.jsonl: step {}: changes", step.step);
  JsonFields modules(found->second, where);
  constexpr double any = 1e300;
  for (const std::string& module : modules.unread()) {
    const Json* moved = modules.find(module);
    if (!moved) modules.refuse(module, "an object");
    JsonFields change(*moved, where + ": " + shortened(module));
    changes[module] = {change.number("magnitude", 0, any, NAN), change.number("direction", 0, 2.1, NAN)};
  }
  return changes;
}

}  // namespace adora::finetune
