#pragma once
#include "schedule.h"

namespace adora {

/// 1 / √(1 + step / timescale), which never ends. `timescale` is 1 or more. "inverse_sqrt" by name, as in Hugging
/// Face's transformers: there the timescale is, unless given, the steps of the warm-up, and 10,000 without one.
Schedule inverse_sqrt_schedule(std::int64_t timescale = 10000);

}  // namespace adora
