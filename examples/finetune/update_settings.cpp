#include "update_settings.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "../../core/error.h"
#include "../common/options.h"
#include "named_number.h"

namespace adora::finetune {

namespace {

// One of --optimizer-options or of --scheduler-options.
std::pair<std::string, double> option_of(const char* option, const std::string& text) {
  const auto found = named_number(text);
  const bool named = text.find('=', 1) != text.npos;
  check(found.has_value(), "{} {}: expected a {}", option, shortened(text),
        named ? "number after the =" : "name and a number, NAME=X");
  return *found;
}

}  // namespace

OptimizerSettings optimizer_settings(const Settings& s) {
  OptimizerSettings settings{{"lr", s.lr}};
  const std::vector<std::string> known = optimizer_options(s.optimizer);
  auto has = [&](const std::string& name) { return std::find(known.begin(), known.end(), name) != known.end(); };
  for (const std::string& one : s.optimizer_options) {
    const auto [name, value] = option_of("--optimizer-options", one);
    check(has(name), "--optimizer-options {}: {} has no such option; it has {}", shortened(one), s.optimizer,
          programs::join(known, ", "));
    check(settings.emplace(name, value).second, "--optimizer-options {}: is given twice, or by --lr", shortened(one));
  }
  // The defaults of these are AdamW's; another optimizer has defaults of its own.
  const std::tuple<const char*, const char*, double> own[] = {{"--weight-decay", "weight_decay", s.weight_decay},
                                                              {"--beta1", "beta1", s.beta1},
                                                              {"--beta2", "beta2", s.beta2},
                                                              {"--eps", "eps", s.eps}};
  for (const auto& [option, name, value] : own) {
    const bool given = s.given.contains(option);
    check(!given || has(name), "{}: {} has no such option", option, s.optimizer);
    check(!given || !settings.contains(name), "{}: is among --optimizer-options too", option);
    if (given || (has(name) && std::string_view(name) == "weight_decay")) settings.emplace(name, value);
  }
  return settings;
}

ScheduleSettings schedule_settings(const Settings& s) {
  ScheduleSettings settings;
  for (const std::string& one : s.scheduler_options) {
    const auto [name, value] = option_of("--scheduler-options", one);
    settings[name].push_back(value);
  }
  if (!s.min_lr_ratio) return settings;
  std::vector<std::string> with;
  for (const std::string& name : schedule_names()) {
    const auto options = schedule_options(name);
    if (std::find(options.begin(), options.end(), "least") != options.end()) with.push_back(name);
  }
  check(std::find(with.begin(), with.end(), s.scheduler) != with.end(),
        "--min-lr-ratio: --scheduler {} has no lowest rate; {} have", s.scheduler, programs::join(with, ", "));
  check(!settings.contains("least"), "--min-lr-ratio: says the same as --scheduler-options least=…; give one of them");
  settings["least"] = {*s.min_lr_ratio};
  return settings;
}

std::int64_t warmup_of(const Settings& s, std::int64_t steps) {
  constexpr std::int64_t usual = 100;
  if (s.warmup_steps) return *s.warmup_steps;
  // Without what the product's rounding adds: 0.07 of 100 steps are 7.
  if (s.warmup_ratio) return static_cast<std::int64_t>(std::ceil(*s.warmup_ratio * static_cast<double>(steps) - 1e-9));
  return std::min(usual, (steps + 9) / 10);
}

}  // namespace adora::finetune
