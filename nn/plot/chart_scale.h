#pragma once
// Not in adora.h: for what draws charts.
#include <string>
#include <vector>

namespace adora {

/// Where a value between `low` and `high` stands between `from` and `to`.
struct ChartScale {
  double low, high, from, to;
  double operator()(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

/// Multiples of a round distance from low to high, about five.
std::vector<double> chart_ticks(double low, double high);

/// Logarithms from low to high, of 1, 2 and 5 times powers of ten, or where these are too many, of powers of ten alone.
/// Where there are fewer than two, they are chart_ticks.
std::vector<double> chart_log_ticks(double low, double high);

/// The variable with the page's color of the i-th line: "var(--c0)".
std::string chart_color(std::size_t i);

}  // namespace adora
