#pragma once
#include <map>
#include <string>

#include "../common/options.h"
#include "settings.h"

namespace adora::finetune {

/// Every option, with the field of the settings that it sets; `logs` by the name of each further kind of log.
void add_options(programs::Options& options, Settings& settings, std::map<std::string, bool>& logs);

}  // namespace adora::finetune
