#pragma once
#include <cmath>

#include "../../nn/adapters/weight_change.h"
#include "../../nn/io/json.h"

namespace adora::finetune {

/// JSON has no NaN and no infinity: null stands for them.
inline Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// As log.jsonl and `patterns --json` have it.
inline Json json_of(const WeightChange& change) {
  return Json::Object{{"magnitude", finite(change.magnitude)}, {"direction", finite(change.direction)}};
}

}  // namespace adora::finetune
