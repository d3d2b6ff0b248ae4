#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace adora::reproduce {

/// A mean with its 95 % interval: mean ± t·s/√n with Student's t of n - 1 degrees of freedom. One value has no
/// interval: low and high are NaN then; without any the mean is NaN as well.
struct Estimate {
  double mean, low, high;
  std::size_t n;

  bool has_interval() const { return n > 1; }
};

Estimate estimate(const std::vector<double>& values);

/// Of a[i] - b[i]: of what differs in the method alone, where both come from the same seeds.
Estimate difference(const std::vector<double>& a, const std::vector<double>& b);

/// t with 2.5 % of Student's distribution above it; 1.96 for very many degrees of freedom.
double student_t(std::size_t degrees);

/// "91.4 ± 0.8", or the mean alone where there is no interval; with a sign in front where `sign` is set.
std::string shown(const Estimate& estimate, int digits, bool sign = false);

}  // namespace adora::reproduce
