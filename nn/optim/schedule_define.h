#pragma once
// Not in adora.h: the library's own.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "../../core/error.h"
#include "schedule.h"

namespace adora::detail {

/// Half a cosine from 1 to 0; `share` in [0, 1].
inline double half_cosine(double share) { return 0.5 * (1 + std::cos(std::numbers::pi * share)); }

/// How much of the steps lies behind, in [0, 1]; there is none to do where there are none.
inline double share_of(std::int64_t step, std::int64_t steps) {
  return std::min(static_cast<double>(step) / std::max(1.0, static_cast<double>(steps)), 1.0);
}

/// The rise over the warm-up, and `after(step, steps)` from there on, which counts from there.
template <class After> Schedule after_warmup(const char* name, std::int64_t warmup_steps, After after) {
  check(warmup_steps >= 0, "{}: {} steps of warm-up: there can't be fewer than none", name, warmup_steps);
  return [=](std::int64_t step, std::int64_t steps) -> double {
    check(step >= 0 && steps >= 0, "{}: step {} of {}: neither can be negative", name, step, steps);
    if (step < warmup_steps) return static_cast<double>(step) / static_cast<double>(warmup_steps);
    return after(step - warmup_steps, std::max<std::int64_t>(0, steps - warmup_steps));
  };
}

inline void check_least(const char* name, double least) {
  check(least >= 0 && least <= 1, "{}: the least factor must lie in [0, 1], not {}", name, least);
}

}  // namespace adora::detail
