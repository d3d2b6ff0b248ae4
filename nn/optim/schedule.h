#pragma once
#include <cstdint>
#include <string_view>

namespace adora {

enum class Schedule { constant, linear, cosine };

/// "constant", "linear" or "cosine"; an error naming what was given otherwise.
Schedule schedule(std::string_view name);

/// The factor of the learning rate in a step, counted from 0: rises linearly from 0 over
/// `warmup_steps`, then stays at 1, or falls to 0 at `total_steps` on a straight line or half a
/// cosine. The first step of a warm-up has rate 0, as in Hugging Face's transformers. An error where a number is
/// negative.
double lr_factor(Schedule schedule, std::int64_t step, std::int64_t warmup_steps, std::int64_t total_steps);

}  // namespace adora
