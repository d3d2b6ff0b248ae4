#include "inverse_sqrt_schedule.h"

#include "schedule_define.h"

namespace adora {
namespace {

const RegisterSchedule registered("inverse_sqrt", {"timescale"},
                                  [](const ScheduleSettings& s, std::int64_t warmup_steps) {
                                    return inverse_sqrt_schedule(
                                        whole_setting(s, "timescale", warmup_steps > 0 ? warmup_steps : 10000));
                                  });

}  // namespace

Schedule inverse_sqrt_schedule(std::int64_t timescale) {
  check(timescale >= 1, "inverse_sqrt_schedule: the timescale must be 1 or more, not {}", timescale);
  return detail::after_warmup("inverse_sqrt_schedule", 0, [=](std::int64_t step, std::int64_t) {
    return 1 / std::sqrt(1 + static_cast<double>(step) / static_cast<double>(timescale));
  });
}

}  // namespace adora
