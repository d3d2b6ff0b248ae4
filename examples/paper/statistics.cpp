#include "statistics.h"

#include <fmt/core.h>

#include <cmath>
#include <limits>

#include "../../core/error.h"

namespace adora::reproduce {

namespace {

// Between the limits of Student's distribution: how much of it lies below t, by Simpson's rule over its density.
double student_share_below(double t, double degrees) {
  const double factor =
      std::exp(std::lgamma((degrees + 1) / 2) - std::lgamma(degrees / 2)) / std::sqrt(degrees * 3.14159265358979323846);
  auto density = [&](double x) { return factor * std::pow(1 + x * x / degrees, -(degrees + 1) / 2); };
  constexpr int parts = 2000;
  double sum = density(0) + density(t);
  for (int i = 1; i < parts; ++i) sum += density(t * i / parts) * (i % 2 == 1 ? 4 : 2);
  return 0.5 + sum * t / parts / 3;
}

}  // namespace

double student_t(std::size_t degrees) {
  check(degrees > 0, "an interval needs two values at least");
  double low = 1.9, high = 13;  // 12.706 with one degree of freedom
  while (high - low > 1e-9) {
    const double middle = (low + high) / 2;
    (student_share_below(middle, static_cast<double>(degrees)) < 0.975 ? low : high) = middle;
  }
  return high;
}

Estimate estimate(const std::vector<double>& values) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::size_t n = values.size();
  if (n == 0) return {nan, nan, nan, 0};
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / static_cast<double>(n);
  if (n == 1) return {mean, nan, nan, 1};
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double error = std::sqrt(squares / static_cast<double>(n - 1) / static_cast<double>(n));
  const double half = student_t(n - 1) * error;
  return {mean, mean - half, mean + half, n};
}

Estimate difference(const std::vector<double>& a, const std::vector<double>& b) {
  check(a.size() == b.size(), "a difference needs as many values on both sides");
  std::vector<double> differences;
  for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(a[i] - b[i]);
  return estimate(differences);
}

std::string shown(const Estimate& estimate, int digits, bool sign) {
  if (std::isnan(estimate.mean)) return "–";
  std::string mean =
      sign ? fmt::format("{:+.{}f}", estimate.mean, digits) : fmt::format("{:.{}f}", estimate.mean, digits);
  if (mean.find_first_not_of("+-0.") == std::string::npos) mean = fmt::format("{:.{}f}", 0.0, digits);  // not "-0.0"
  return estimate.has_interval() ? fmt::format("{} ± {:.{}f}", mean, estimate.high - estimate.mean, digits) : mean;
}

}  // namespace adora::reproduce
