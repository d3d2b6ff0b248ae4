#include "schedule.h"

#include <limits>

#include "../../core/listed.h"
#include "schedule_define.h"

namespace adora {
namespace {

using detail::after_warmup;
using detail::half_cosine;
using detail::share_of;

/// One that depends on the step alone.
template <class F> Schedule of_step(const char* name, F f) {
  return after_warmup(name, 0, [f](std::int64_t step, std::int64_t) { return f(step); });
}

void check_gamma(const char* name, double gamma) {
  check(std::isfinite(gamma) && gamma >= 0, "{}: gamma must be a finite number of 0 or more, not {}", name, gamma);
}

struct Entry {
  std::vector<std::string> options;
  RegisterSchedule::MakeAfterWarmup make;
};

std::map<std::string, Entry, std::less<>>& entries() {
  static std::map<std::string, Entry, std::less<>> all;
  return all;
}

const Entry& entry_of(std::string_view name) {
  const auto found = entries().find(name);
  check(found != entries().end(), "there is no schedule '{}'; choose one of {}", shortened(name),
        listed(schedule_names()));
  return found->second;
}

}  // namespace

Schedule constant_schedule(std::int64_t warmup_steps) {
  return after_warmup("constant_schedule", warmup_steps, [](std::int64_t, std::int64_t) { return 1.0; });
}

Schedule linear_schedule(std::int64_t warmup_steps) {
  return after_warmup("linear_schedule", warmup_steps, [](std::int64_t step, std::int64_t steps) {
    return std::max(0.0, static_cast<double>(steps - step) / std::max(1.0, static_cast<double>(steps)));
  });
}

Schedule cosine_schedule(std::int64_t warmup_steps, double least) {
  detail::check_least("cosine_schedule", least);
  return after_warmup("cosine_schedule", warmup_steps, [least](std::int64_t step, std::int64_t steps) {
    return least + (1 - least) * std::max(0.0, half_cosine(share_of(step, steps)));
  });
}

Schedule with_warmup(std::int64_t warmup_steps, Schedule schedule) {
  check(schedule != nullptr, "with_warmup: there is no schedule to follow; constant_schedule() is the plainest");
  return after_warmup("with_warmup", warmup_steps, std::move(schedule));
}

Schedule step_schedule(std::int64_t step_size, double gamma) {
  check(step_size >= 1, "step_schedule: step_size must be 1 or more, not {}", step_size);
  check_gamma("step_schedule", gamma);
  return of_step("step_schedule",
                 [=](std::int64_t step) { return std::pow(gamma, static_cast<double>(step / step_size)); });
}

Schedule multi_step_schedule(std::vector<std::int64_t> milestones, double gamma) {
  check_gamma("multi_step_schedule", gamma);
  for (const std::int64_t at : milestones)
    check(at >= 0, "multi_step_schedule: there is no step {}; milestones are 0 or more", at);
  return of_step("multi_step_schedule", [=](std::int64_t step) {
    const auto passed =
        std::count_if(milestones.begin(), milestones.end(), [=](std::int64_t at) { return at <= step; });
    return std::pow(gamma, static_cast<double>(passed));
  });
}

Schedule exponential_schedule(double gamma) {
  check_gamma("exponential_schedule", gamma);
  return of_step("exponential_schedule", [=](std::int64_t step) { return std::pow(gamma, static_cast<double>(step)); });
}

Schedule cosine_restarts_schedule(std::int64_t first, std::int64_t multiplier, double least) {
  check(first >= 1 && multiplier >= 1,
        "cosine_restarts_schedule: the first cycle's steps and their multiplier must be 1 or more, not {} and {}",
        first, multiplier);
  detail::check_least("cosine_restarts_schedule", least);
  return of_step("cosine_restarts_schedule", [=](std::int64_t step) {
    std::int64_t length = first;
    if (multiplier == 1) step %= first;
    while (step >= length) {
      step -= length;
      // Beyond any step there is.
      if (length > std::numeric_limits<std::int64_t>::max() / multiplier)
        length = std::numeric_limits<std::int64_t>::max();
      else length *= multiplier;
    }
    return least + (1 - least) * half_cosine(static_cast<double>(step) / static_cast<double>(length));
  });
}

Schedule one_cycle_schedule(OneCycleOptions options) {
  const OneCycleOptions o = options;
  check(o.pct_start > 0 && o.pct_start < 1, "one_cycle_schedule: pct_start must lie between 0 and 1, not {}",
        o.pct_start);
  for (const double divisor : {o.div_factor, o.final_div_factor})
    check(std::isfinite(divisor) && divisor > 0,
          "one_cycle_schedule: what the rate is divided by must be above 0, not {}", divisor);
  const double first = 1 / o.div_factor, last = first / o.final_div_factor;
  const auto between = [=](double from, double to, double share) {
    return o.linear ? from + (to - from) * share : to + (from - to) * half_cosine(share);
  };
  return after_warmup("one_cycle_schedule", 0, [=](std::int64_t step, std::int64_t steps) {
    // The last step has the last rate.
    const double end = static_cast<double>(steps) - 1, top = o.pct_start * static_cast<double>(steps) - 1;
    const double at = std::min(static_cast<double>(step), end);
    if (at <= top && top > 0) return between(first, 1, at / top);
    return end > top ? between(1, last, std::clamp((at - top) / (end - top), 0.0, 1.0)) : last;
  });
}

RegisterSchedule::RegisterSchedule(std::string name, std::vector<std::string> options, Make make)
    : RegisterSchedule(std::move(name), std::move(options),
                       MakeAfterWarmup([make = std::move(make)](const ScheduleSettings& settings, std::int64_t) {
                         return make(settings);
                       })) {}

RegisterSchedule::RegisterSchedule(std::string name, std::vector<std::string> options, MakeAfterWarmup make) {
  entries()[std::move(name)] = {std::move(options), std::move(make)};
}

std::vector<std::string> schedule_names() {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries()) names.push_back(name);
  return names;
}

double number_setting(const ScheduleSettings& settings, const std::string& name, double otherwise) {
  const auto found = settings.find(name);
  if (found == settings.end()) {
    check(!std::isnan(otherwise), "schedule: '{}' must be given", name);
    return otherwise;
  }
  check(found->second.size() == 1, "schedule: '{}' is one number, not {}", name, found->second.size());
  return found->second[0];
}

namespace {
std::int64_t whole_number(const std::string& name, double value) {
  check(value >= -1e15 && value <= 1e15 && value == std::floor(value), "schedule: '{}' must be a whole number, not {}",
        name, value);
  return static_cast<std::int64_t>(value);
}
}  // namespace

std::int64_t whole_setting(const ScheduleSettings& settings, const std::string& name, std::int64_t otherwise) {
  return whole_number(name, number_setting(settings, name, static_cast<double>(otherwise)));
}

std::vector<std::string> schedule_options(std::string_view name) { return entry_of(name).options; }

Schedule schedule(std::string_view name, std::int64_t warmup_steps, const ScheduleSettings& settings) {
  const Entry& entry = entry_of(name);
  for (const auto& [option, values] : settings)
    check(std::find(entry.options.begin(), entry.options.end(), option) != entry.options.end(),
          "schedule: '{}' has no option '{}'{}{}", name, shortened(option), entry.options.empty() ? "" : "; it has ",
          listed(entry.options));
  return with_warmup(warmup_steps, entry.make(settings, warmup_steps));
}

namespace {

using Settings = const ScheduleSettings&;
constexpr double needed = std::numeric_limits<double>::quiet_NaN();

const RegisterSchedule constant("constant", {}, [](Settings) { return constant_schedule(); });
const RegisterSchedule constant_with_warmup("constant_with_warmup", {}, [](Settings) { return constant_schedule(); });
const RegisterSchedule linear("linear", {}, [](Settings) { return linear_schedule(); });
const RegisterSchedule cosine("cosine", {"least"},
                              [](Settings s) { return cosine_schedule(0, number_setting(s, "least", 0)); });
const RegisterSchedule cosine_with_min_lr("cosine_with_min_lr", {"least"}, [](Settings s) {
  return cosine_schedule(0, number_setting(s, "least", needed));
});
const RegisterSchedule by_steps("step", {"step_size", "gamma"}, [](Settings s) {
  return step_schedule(whole_number("step_size", number_setting(s, "step_size", needed)),
                       number_setting(s, "gamma", 0.1));
});
const RegisterSchedule multi_step("multi_step", {"milestones", "gamma"}, [](Settings s) {
  std::vector<std::int64_t> milestones;
  if (const auto given = s.find("milestones"); given != s.end())
    for (const double at : given->second) milestones.push_back(whole_number("milestones", at));
  return multi_step_schedule(std::move(milestones), number_setting(s, "gamma", 0.1));
});
const RegisterSchedule exponential("exponential", {"gamma"},
                                   [](Settings s) { return exponential_schedule(number_setting(s, "gamma", needed)); });
const RegisterSchedule restarts("cosine_restarts", {"first", "multiplier", "least"}, [](Settings s) {
  return cosine_restarts_schedule(whole_number("first", number_setting(s, "first", needed)),
                                  whole_setting(s, "multiplier", 1), number_setting(s, "least", 0));
});
const RegisterSchedule one_cycle(
    "one_cycle", {"pct_start", "div_factor", "final_div_factor", "linear"}, [](Settings s) {
      const OneCycleOptions usual;
      return one_cycle_schedule({.pct_start = number_setting(s, "pct_start", usual.pct_start),
                                 .div_factor = number_setting(s, "div_factor", usual.div_factor),
                                 .final_div_factor = number_setting(s, "final_div_factor", usual.final_div_factor),
                                 .linear = number_setting(s, "linear", 0) != 0});
    });

}  // namespace
}  // namespace adora
