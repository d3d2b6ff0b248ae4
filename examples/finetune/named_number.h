#pragma once
#include <optional>
#include <string>
#include <utility>

namespace adora::finetune {

/// "NAME=X" in two, at the last =; nothing where the name is empty or X is no finite number.
std::optional<std::pair<std::string, double>> named_number(const std::string& text);

}  // namespace adora::finetune
