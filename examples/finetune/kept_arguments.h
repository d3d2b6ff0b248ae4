#pragma once
#include <string>
#include <vector>

#include "../common/options.h"
#include "settings.h"

namespace adora::finetune {

/// Where a run's command line is kept in its --output.
inline constexpr const char* options_file = "options.json";

/// Keeps the command line in `folder`, for --resume.
void write_arguments(const std::string& folder, const Settings& settings);
/// The command line kept in `folder`. Throws `Error` naming the file where it isn't one that `write_arguments` wrote:
/// has other fields, or options that `parse_settings` doesn't take.
std::vector<std::string> read_arguments(const std::string& folder);

/// Whether an option says where a run's files go, and is not kept with them.
bool names_output(const std::string& option);
/// "--name=value" as it is kept: the paths in it absolute, so that it means the same in another folder.
std::string kept_argument(const std::string& name, const std::string& value);
/// The command line of the run in `folder`, with what `options` were given in place of its own. Throws `Error` where
/// there is no run, or one of other methods.
std::vector<std::string> resumed_arguments(const std::string& folder, const programs::Options& options);

}  // namespace adora::finetune
