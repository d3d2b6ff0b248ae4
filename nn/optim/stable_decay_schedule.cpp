#include "stable_decay_schedule.h"

#include "schedule_define.h"

namespace adora {
namespace {

using Fall = StableDecayOptions::Fall;

const RegisterSchedule registered("warmup_stable_decay", {"decay_share", "decay_steps", "least", "linear", "sqrt"},
                                  [](const ScheduleSettings& s) {
                                    StableDecayOptions options;
                                    options.decay_share = number_setting(s, "decay_share", options.decay_share);
                                    if (s.contains("decay_steps"))
                                      options.decay_steps = whole_setting(s, "decay_steps", 0);
                                    check(!s.contains("decay_steps") || !s.contains("decay_share"),
                                          "schedule: decay_share and decay_steps say the same; give one of them");
                                    options.least = number_setting(s, "least", 0);
                                    const bool linear = number_setting(s, "linear", 0) != 0,
                                               sqrt = number_setting(s, "sqrt", 0) != 0;
                                    check(!linear || !sqrt,
                                          "schedule: linear and sqrt are two ways to fall; give one of them");
                                    options.fall = linear ? Fall::linear : sqrt ? Fall::sqrt : Fall::cosine;
                                    return stable_decay_schedule(options);
                                  });

double fallen(Fall fall, double share) {
  switch (fall) {
    case Fall::linear: return 1 - share;
    case Fall::sqrt: return 1 - std::sqrt(share);
    default: return detail::half_cosine(share);
  }
}

}  // namespace

Schedule stable_decay_schedule(StableDecayOptions options) {
  const StableDecayOptions o = options;
  check(o.decay_share >= 0 && o.decay_share <= 1, "stable_decay_schedule: decay_share must lie in [0, 1], not {}",
        o.decay_share);
  check(o.decay_steps.value_or(0) >= 0, "stable_decay_schedule: decay_steps must be 0 or more, not {}",
        o.decay_steps.value_or(0));
  detail::check_least("stable_decay_schedule", o.least);
  return detail::after_warmup("stable_decay_schedule", 0, [=](std::int64_t step, std::int64_t steps) {
    const std::int64_t decay =
        o.decay_steps.value_or(static_cast<std::int64_t>(std::ceil(o.decay_share * static_cast<double>(steps))));
    const std::int64_t stable = steps - decay;
    if (step < stable) return 1.0;
    return o.least + (1 - o.least) * fallen(o.fall, detail::share_of(step - stable, decay));
  });
}

}  // namespace adora
