#pragma once
#include "../../nn/optim/optimizer_registry.h"
#include "../../nn/optim/schedule.h"
#include "settings.h"

namespace adora::finetune {

/// The options of --optimizer and of --scheduler by their names: those of lists "NAME=VALUE", and those that have an
/// option of their own. `Error` naming the option where there is none of that name, or its value can't be.
OptimizerSettings optimizer_settings(const Settings& settings);
ScheduleSettings schedule_settings(const Settings& settings);

/// How many of a training's steps warm it up: as --warmup-steps or --warmup-ratio say, otherwise 100, and no more than
/// a tenth, rounded up.
std::int64_t warmup_of(const Settings& settings, std::int64_t steps);

}  // namespace adora::finetune
