#include "cosine_with_restarts_schedule.h"

#include "schedule_define.h"

namespace adora {
namespace {

const RegisterSchedule registered("cosine_with_restarts", {"cycles"}, [](const ScheduleSettings& s) {
  return cosine_with_restarts_schedule(whole_setting(s, "cycles", 1));
});

}  // namespace

Schedule cosine_with_restarts_schedule(std::int64_t cycles) {
  check(cycles >= 1, "cosine_with_restarts_schedule: there must be 1 cycle or more, not {}", cycles);
  return detail::after_warmup("cosine_with_restarts_schedule", 0, [=](std::int64_t step, std::int64_t steps) {
    const double share = detail::share_of(step, steps);
    return share >= 1 ? 0 : detail::half_cosine(std::fmod(static_cast<double>(cycles) * share, 1.0));
  });
}

}  // namespace adora
