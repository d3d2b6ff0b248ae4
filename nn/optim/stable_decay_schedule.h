#pragma once
#include <optional>

#include "schedule.h"

namespace adora {

struct StableDecayOptions {
  enum class Fall { cosine, linear, sqrt };
  double decay_share = 0.1;                      ///< in [0, 1]: the share of the steps, rounded up, in which it falls
  std::optional<std::int64_t> decay_steps = {};  ///< in its place: so many steps, 0 or more
  double least = 0;                              ///< in [0, 1]: the factor at the end
  Fall fall = Fall::cosine;                      ///< as half a cosine, 1 - share or 1 - √share
};

/// Stays at 1 and falls in the last steps (WSD: Hu et al., "MiniCPM", 2024; 1 - √share is that of Hägele et al.,
/// "Scaling laws and compute-optimal training beyond fixed training durations", 2024). "warmup_stable_decay" by name,
/// as in Hugging Face's transformers, with decay_share, decay_steps, least and, each 0 or 1, linear and sqrt.
Schedule stable_decay_schedule(StableDecayOptions options = {});

}  // namespace adora
