#include "chart_scale.h"

#include <fmt/core.h>

#include <cmath>
#include <cstdint>

namespace adora {

namespace {

constexpr std::size_t colors = 8;

// 1, 2 or 5 times a power of ten, so that about five lie between 0 and `span`.
double tick_distance(double span) {
  const double power = std::pow(10.0, std::floor(std::log10(span / 5)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (span / (factor * power) <= 6) return factor * power;
  return 10 * power;
}

}  // namespace

std::vector<double> chart_ticks(double low, double high) {
  const double distance = tick_distance(high - low);
  std::vector<double> values;
  for (auto n = static_cast<std::int64_t>(std::ceil(low / distance)); static_cast<double>(n) * distance <= high; ++n)
    values.push_back(static_cast<double>(n) * distance);
  return values;
}

std::vector<double> chart_log_ticks(double low, double high) {
  std::vector<double> values;
  if (high - low > 3) {
    values = chart_ticks(low, high);
    std::erase_if(values, [](double value) { return value != std::floor(value); });
    return values;
  }
  for (auto power = static_cast<std::int64_t>(std::floor(low)); static_cast<double>(power) <= high; ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double value = static_cast<double>(power) + std::log10(factor);
      if (value >= low && value <= high) values.push_back(value);
    }
  }
  return values.size() < 2 ? chart_ticks(low, high) : values;
}

std::string chart_color(std::size_t i) { return fmt::format("var(--c{})", i % colors); }

}  // namespace adora
