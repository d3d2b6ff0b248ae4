#pragma once
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "../../nn/adapters/weight_change.h"
#include "../../nn/io/json.h"
#include "../../nn/train/step_log.h"

namespace adora::finetune {

/// JSON has no NaN and no infinity: null stands for them.
inline Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// As log.jsonl and `patterns --json` have it.
inline Json json_of(const WeightChange& change) {
  return Json::Object{{"magnitude", finite(change.magnitude)}, {"direction", finite(change.direction)}};
}

/// A further field of a step that is a number; nothing where there is none.
std::optional<double> number_of(const StepRecord& step, const std::string& field);

/// By module, as a line of log.jsonl has them as "changes".
using WeightChanges = std::map<std::string, WeightChange>;
Json json_of(const WeightChanges& changes);
/// Those of a step; none where it was not watched. An error where they are not what json_of makes.
WeightChanges changes_of(const StepRecord& step);

}  // namespace adora::finetune
