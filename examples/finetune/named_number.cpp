#include "named_number.h"

#include <charconv>
#include <cmath>

namespace adora::finetune {

std::optional<std::pair<std::string, double>> named_number(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  if (equals == text.npos || equals == 0) return {};
  const char *begin = text.data() + equals + 1, *end = text.data() + text.size();
  double value = 0;
  const auto [read, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || read != end || !std::isfinite(value)) return {};
  return {{text.substr(0, equals), value}};
}

}  // namespace adora::finetune
