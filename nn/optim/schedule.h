#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

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
/// After the warm-up it falls as half a cosine, to `least` at the end, which lies in [0, 1].
Schedule cosine_schedule(std::int64_t warmup_steps = 0, double least = 0);

/// Such a warm-up, and then any schedule, which counts its steps from there on.
Schedule with_warmup(std::int64_t warmup_steps, Schedule schedule);

// Those of PyTorch, by steps rather than epochs. A gamma is a finite number of 0 or more.

/// Times gamma after every `step_size` steps, 1 or more.
Schedule step_schedule(std::int64_t step_size, double gamma = 0.1);
/// Times gamma at each of these steps; they may come in any order, and one more than once.
Schedule multi_step_schedule(std::vector<std::int64_t> milestones, double gamma = 0.1);
/// Times gamma after each step.
Schedule exponential_schedule(double gamma);
/// Half a cosine from 1 to `least` in `first` steps, and again from 1, each time in `multiplier` times as many
/// (Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017). `first` and `multiplier` are
/// 1 or more, `least` lies in [0, 1].
Schedule cosine_restarts_schedule(std::int64_t first, std::int64_t multiplier = 1, double least = 0);

struct OneCycleOptions {
  double pct_start = 0.3;         ///< in (0, 1): the share of the steps that rise
  double div_factor = 25;         ///< above 0: the first rate is 1 / div_factor
  double final_div_factor = 1e4;  ///< above 0: the last is the first's / final_div_factor
  bool linear = false;            ///< on straight lines, not as half cosines
};
/// One rise to 1 and one fall (Smith and Topin, "Super-convergence", 2018); the optimizer's rate is the highest.
Schedule one_cycle_schedule(OneCycleOptions options = {});

/// Options by their names, each a number or several.
using ScheduleSettings = std::map<std::string, std::vector<double>>;

/// The schedule of that name with a warm-up before it: "constant" (or "constant_with_warmup"), "linear", "cosine"
/// (least), "cosine_with_min_lr" (the same, with a least that must be given), "step" (step_size, gamma), "multi_step"
/// (milestones, gamma), "exponential" (gamma), "cosine_restarts" (first, multiplier, least) and "one_cycle" (pct_start,
/// div_factor, final_div_factor, linear), and those that are in files of their own or registered elsewhere. An error
/// naming what was given otherwise and what there is.
Schedule schedule(std::string_view name, std::int64_t warmup_steps = 0, const ScheduleSettings& settings = {});
/// Sorted.
std::vector<std::string> schedule_names();
/// The names of a schedule's options; an error where there is no such schedule.
std::vector<std::string> schedule_options(std::string_view name);

/// Makes a schedule known by a name; a static variable:
///
///     const RegisterSchedule halved("halved", {"every"}, [](const ScheduleSettings& s) {
///       return step_schedule(whole_setting(s, "every", 1000), 0.5);
///     });
struct RegisterSchedule {
  using Make = std::function<Schedule(const ScheduleSettings&)>;
  RegisterSchedule(std::string name, std::vector<std::string> options, Make make);
  /// One whose options' defaults follow from the steps of the warm-up, which comes before it and is not its business.
  using MakeAfterWarmup = std::function<Schedule(const ScheduleSettings&, std::int64_t warmup_steps)>;
  RegisterSchedule(std::string name, std::vector<std::string> options, MakeAfterWarmup make);
};
/// The only number of a setting; an error where there are several, none and no `otherwise` (a NaN), or it is not whole.
double number_setting(const ScheduleSettings& settings, const std::string& name, double otherwise);
std::int64_t whole_setting(const ScheduleSettings& settings, const std::string& name, std::int64_t otherwise);

}  // namespace adora
