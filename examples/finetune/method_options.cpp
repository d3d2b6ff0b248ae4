#include "method_options.h"

#include <algorithm>
#include <cmath>

#include "../../core/error.h"
#include "../common/options.h"
#include "methods.h"
#include "named_number.h"

namespace adora::finetune {

bool any_method(const Settings& s, bool (*has)(const std::string&)) {
  return std::any_of(s.methods.begin(), s.methods.end(), has);
}

bool adapts(const std::string& method) { return method != "full"; }

std::vector<std::pair<std::string, double>> read_pattern(const std::string& option,
                                                         const std::vector<std::string>& entries) {
  std::vector<std::pair<std::string, double>> pattern;
  const bool rank = option == "--rank-pattern";
  for (const std::string& entry : entries) {
    const auto found = named_number(entry);
    const double value = found ? found->second : 0;
    const bool right = value > 0 && value <= 65536 && (!rank || value == std::floor(value));
    check(right, "{} {}: expected NAME={} with {}", option, shortened(entry), rank ? "R" : "A",
          rank ? "a whole number from 1 to 65536" : "a number above 0 and not above 65536");
    pattern.push_back(*found);
  }
  return pattern;
}

void check_methods(const Settings& s) {
  const std::string methods = programs::join(s.methods, ",");
  for (const auto& method : s.methods)
    check(std::find(all_methods().begin(), all_methods().end(), method) != all_methods().end(),
          "--method {}: expected one of {}", shortened(method), programs::join(all_methods(), ", "));
  check(s.magnitude_modules.empty() || any_method(s, has_magnitude),
        "--magnitude-modules: means nothing to --method {}", methods);
  if (!any_method(s, has_rank))
    check(!s.given.contains("--magnitude-modules") || !s.given.contains("--target-modules"),
          "--magnitude-modules: takes the place of --target-modules with --method magnitude; give one of them");
  if (any_method(s, [](const std::string& m) { return has_rank(m) && has_magnitude(m); }))
    for (const auto& name : s.magnitude_modules)
      check(std::find(s.target_modules.begin(), s.target_modules.end(), name) == s.target_modules.end(),
            "--magnitude-modules {}: is one of --target-modules too, and has its magnitude trained there",
            shortened(name));
}

std::string unused_options(const Settings& s) {
  auto has_norm = [](const std::string& m) { return has_rank(m) && has_magnitude(m); };
  const std::pair<const char*, bool (*)(const std::string&)> uses[] = {{"--rank", has_rank},
                                                                       {"--dropout", has_rank},
                                                                       {"--alpha", has_alpha},
                                                                       {"--rslora", has_alpha},
                                                                       {"--lora-plus", has_alpha},
                                                                       {"--norm-gradient", has_norm},
                                                                       {"--target-modules", adapts},
                                                                       {"--exclude-modules", adapts},
                                                                       {"--layers-to-transform", adapts},
                                                                       {"--rank-pattern", has_alpha},
                                                                       {"--alpha-pattern", has_alpha},
                                                                       {"--init", has_alpha},
                                                                       {"--modules-to-save", adapts},
                                                                       {"--bias", adapts},
                                                                       {"--lora-bias", has_bias}};
  std::string unused;
  for (const auto& [name, use] : uses)
    if (s.given.contains(name) && !any_method(s, use)) unused += (unused.empty() ? "" : ", ") + std::string(name);
  return unused.empty()
             ? ""
             : fmt::format("note: without a use for --method {}: {}", programs::join(s.methods, ","), unused);
}

}  // namespace adora::finetune
