#include "schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "../../core/error.h"

namespace adora {

Schedule schedule(std::string_view name) {
  if (name == "constant") return Schedule::constant;
  if (name == "linear") return Schedule::linear;
  if (name == "cosine") return Schedule::cosine;
  fail("there is no schedule '{}'; choose constant, linear or cosine", name);
}

double lr_factor(Schedule schedule, std::int64_t step, std::int64_t warmup_steps, std::int64_t total_steps) {
  check(step >= 0 && warmup_steps >= 0 && total_steps >= 0,
        "lr_factor: step {}, {} steps of warm-up and {} in all: none can be negative", step, warmup_steps, total_steps);
  auto at = static_cast<double>(step), warmup = static_cast<double>(warmup_steps);
  if (step < warmup_steps) return at / std::max(1.0, warmup);
  if (schedule == Schedule::constant) return 1;
  double total = static_cast<double>(total_steps), falling = std::max(1.0, total - warmup);
  if (schedule == Schedule::linear) return std::max(0.0, (total - at) / falling);
  double done = (at - warmup) / falling;
  return std::max(0.0, 0.5 * (1 + std::cos(std::numbers::pi * std::min(done, 1.0))));
}

}  // namespace adora
