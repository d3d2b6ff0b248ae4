#include "polynomial_schedule.h"

#include "schedule_define.h"

namespace adora {
namespace {

const RegisterSchedule registered("polynomial", {"power", "least"}, [](const ScheduleSettings& s) {
  return polynomial_schedule(number_setting(s, "power", 1), number_setting(s, "least", 0));
});

}  // namespace

Schedule polynomial_schedule(double power, double least) {
  check(std::isfinite(power) && power > 0, "polynomial_schedule: the power must be a finite number above 0, not {}",
        power);
  detail::check_least("polynomial_schedule", least);
  return detail::after_warmup("polynomial_schedule", 0, [=](std::int64_t step, std::int64_t steps) {
    return (1 - least) * std::pow(1 - detail::share_of(step, steps), power) + least;
  });
}

}  // namespace adora
