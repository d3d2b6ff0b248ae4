#include "kept_arguments.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "../../core/error.h"
#include "../../core/listed.h"
#include "../../nn/io/file.h"
#include "../../nn/io/json_fields.h"
#include "../../nn/io/json_file.h"
#include "wording.h"

namespace adora::finetune {

bool names_output(const std::string& name) { return name == "--output" || name == "--overwrite" || name == "--resume"; }

std::string kept_argument(const std::string& name, const std::string& value) {
  if (value.empty()) return name;
  const bool path = name == "--data" || name == "--eval" || name == "--eval-data" || name == "--chat-template" ||
                    name == "--adapter" || (name == "--prompt-template" && value != chat_prompt) ||
                    (name == "--model" && value != "tiny");
  if (!path) return name + "=" + value;
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(value, error).string();
  check(!error, "{} {}: where it lies can't be told: {}", name, value, error.message());
  return name + "=" + absolute;
}

std::vector<std::string> resumed_arguments(const std::string& folder, const programs::Options& options) {
  check(is_folder(folder), "--resume {}: there is no such folder", folder);
  check(file_exists(folder + "/" + options_file), "--resume {}: is not the output of a run: it has no {}", folder,
        options_file);
  std::vector<std::string> result;
  // The run's methods; an adapter's configuration has said them where none were given.
  const std::vector<std::string> kept_arguments = read_arguments(folder);
  const bool followed = std::any_of(kept_arguments.begin(), kept_arguments.end(),
                                    [](const std::string& kept) { return kept.starts_with("--adapter="); });
  std::string methods = followed ? "" : "dora";
  for (const std::string& kept : kept_arguments) {
    const std::string name = kept.substr(0, kept.find('='));
    if (name == "--method") methods = kept.substr(kept.find('=') + 1);
    if (!options.given(name)) result.push_back(kept);
  }
  for (const auto& [name, value] : options.given()) {
    check(name != "--method" || methods.empty() || value == methods, "--resume {}: is a run of --method {}, not {}",
          folder, methods, value);
    result.push_back(value.empty() ? name : name + "=" + value);
  }
  return result;
}

std::vector<std::string> read_arguments(const std::string& folder) {
  const std::string file = folder + "/" + options_file;
  const Json json = read_json_file(file, 1 << 20);
  JsonFields fields(json, file);
  check(fields.has("arguments"), "{}: arguments must be a list of options, and it is missing", file);
  const std::vector<std::string> arguments = fields.strings("arguments");
  if (const auto unknown = fields.unread(); !unknown.empty()) fail("{}: {} is not known", file, listed(unknown));
  for (const std::string& argument : arguments) {
    const std::string name = argument.substr(0, argument.find('='));
    check(argument.starts_with("--") && name != "--help" && name != "--config" && !names_output(name),
          "{}: arguments: \"{}\" is no option of a run that can be gone on with", file, shortened(argument));
  }
  try {
    parse_settings(arguments);
  } catch (const Error& error) {
    fail("{}: arguments: {}", file, error.what());
  }
  return arguments;
}

void write_arguments(const std::string& folder, const Settings& settings) {
  write_json_file(folder + "/" + options_file,
                  Json::Object{{"arguments", Json::Array(settings.arguments.begin(), settings.arguments.end())}});
}

}  // namespace adora::finetune
