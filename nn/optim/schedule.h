#pragma once
#include <cstdint>
#include <functional>
#include <string_view>

namespace adora {

/// The factor of the optimizer's learning rate in a step, counted from 0, of a training of `steps`: 0 or more. A
/// function of these two numbers alone, so that a run that goes on has the rates it would have had. One of your own:
///
///     Schedule halved = [](std::int64_t step, std::int64_t) { return std::pow(0.5, step / 1000); };
using Schedule = std::function<double(std::int64_t step, std::int64_t steps)>;

/// Rises from 0 on a straight line in the first `warmup_steps` and then stays at 1. The first step of a warm-up has
/// rate 0, as in Hugging Face's transformers. An error where a number is negative.
Schedule constant_schedule(std::int64_t warmup_steps = 0);
/// After the warm-up it falls on a straight line, to 0 at the end.
Schedule linear_schedule(std::int64_t warmup_steps = 0);
/// After the warm-up it falls as half a cosine, to 0 at the end.
Schedule cosine_schedule(std::int64_t warmup_steps = 0);

/// The one of these called "constant", "linear" or "cosine"; an error naming what was given otherwise.
Schedule schedule(std::string_view name, std::int64_t warmup_steps = 0);

}  // namespace adora
