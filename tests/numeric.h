#pragma once
#include <cmath>
#include <vector>

#include "but_elementwise.h"
#include "catch.h"

/// Sets element `at` of a contiguous tensor, on any device.
inline void set(const adora::Tensor& x, std::int64_t at, double value) {
  adora::NoGrad no_grad;
  adora::fill_(adora::slice(adora::reshape(x.detach(), {-1}), 0, at, at + 1), value);
}

/// Central differences of f(), a number computed from the present elements of the float64 tensor x.
template <class F> std::vector<double> numeric_gradient(const adora::Tensor& x, F&& f, double step = 1e-6) {
  std::vector<double> result;
  const std::vector<double> values = adora::to_vector<double>(x);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const double before = values[static_cast<std::size_t>(i)];
    set(x, i, before + step);
    double above = f();
    set(x, i, before - step);
    result.push_back((above - f()) / (2 * step));
    set(x, i, before);
  }
  return result;
}

/// Whether two rows of numbers agree within `tolerance` relative to the largest of the second, or to `least` where that
/// is larger: of numbers that cancel to nothing only what went into them says how large an error may be.
inline bool close(const std::vector<double>& a, const std::vector<double>& b, double tolerance, double least = 1e-30) {
  if (a.size() != b.size()) return false;
  double largest = least, difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i])) return false;
    largest = std::max(largest, std::abs(b[i]));
    difference = std::max(difference, std::abs(a[i] - b[i]));
  }
  return difference <= tolerance * largest;
}
