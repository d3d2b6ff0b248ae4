#include "schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "../../core/error.h"

namespace adora {
namespace {

/// A warm-up, and then `after(done, left, whole)`: the steps since it, those that are left, and how many there are.
template <class After> Schedule with_warmup(const char* name, std::int64_t warmup_steps, After after) {
  check(warmup_steps >= 0, "{}: {} steps of warm-up: there can't be fewer than none", name, warmup_steps);
  return [=](std::int64_t step, std::int64_t steps) -> double {
    check(step >= 0 && steps >= 0, "{}: step {} of {}: neither can be negative", name, step, steps);
    if (step < warmup_steps) return static_cast<double>(step) / static_cast<double>(warmup_steps);
    return after(static_cast<double>(step - warmup_steps), static_cast<double>(steps - step),
                 std::max(1.0, static_cast<double>(steps - warmup_steps)));
  };
}

}  // namespace

Schedule constant_schedule(std::int64_t warmup_steps) {
  return with_warmup("constant_schedule", warmup_steps, [](double, double, double) { return 1.0; });
}

Schedule linear_schedule(std::int64_t warmup_steps) {
  return with_warmup("linear_schedule", warmup_steps,
                     [](double, double left, double whole) { return std::max(0.0, left / whole); });
}

Schedule cosine_schedule(std::int64_t warmup_steps) {
  return with_warmup("cosine_schedule", warmup_steps, [](double done, double, double whole) {
    return std::max(0.0, 0.5 * (1 + std::cos(std::numbers::pi * std::min(done / whole, 1.0))));
  });
}

Schedule schedule(std::string_view name, std::int64_t warmup_steps) {
  if (name == "constant") return constant_schedule(warmup_steps);
  if (name == "linear") return linear_schedule(warmup_steps);
  if (name == "cosine") return cosine_schedule(warmup_steps);
  fail("there is no schedule '{}'; choose constant, linear or cosine", name);
}

}  // namespace adora
