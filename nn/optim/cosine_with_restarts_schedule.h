#pragma once
#include "schedule.h"

namespace adora {

/// Half a cosine from 1 to 0, `cycles` times in the steps that there are; `cycles` is 1 or more. "cosine_with_restarts"
/// by name, as in Hugging Face's transformers. One whose cycles have lengths of their own is cosine_restarts_schedule.
Schedule cosine_with_restarts_schedule(std::int64_t cycles = 1);

}  // namespace adora
