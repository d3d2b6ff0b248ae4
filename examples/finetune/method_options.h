#pragma once
#include <string>
#include <utility>
#include <vector>

#include "settings.h"

namespace adora::finetune {

/// Whether any of the methods is such a one.
bool any_method(const Settings& settings, bool (*is)(const std::string& method));
/// Whether it is another than full fine-tuning.
bool adapts(const std::string& method);

/// What --rank-pattern and --alpha-pattern say, in their order. `Error` naming the option where an entry is no
/// NAME=NUMBER.
std::vector<std::pair<std::string, double>> read_pattern(const std::string& option,
                                                         const std::vector<std::string>& entries);

/// `Error` naming the option where the methods, and the options that say what they train, contradict one another.
void check_methods(const Settings& settings);
/// A line naming the options given that no method has a use for, empty where there is none. They do no harm: command
/// lines for several methods are written once.
std::string unused_options(const Settings& settings);

}  // namespace adora::finetune
