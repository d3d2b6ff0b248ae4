#pragma once
#include <cmath>
#include <vector>

#include "catch.h"
#include "core/tensor.h"

/// Central differences of f(), a number computed from the present elements of the float64 tensor x.
template <class F> std::vector<double> numeric_gradient(const adora::Tensor& x, F&& f, double step = 1e-6) {
  std::vector<double> result;
  double* data = x.data<double>();
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    double before = data[i];
    data[i] = before + step;
    double above = f();
    data[i] = before - step;
    result.push_back((above - f()) / (2 * step));
    data[i] = before;
  }
  return result;
}

/// Whether two rows of numbers agree within `tolerance` relative to the largest of the second.
inline bool close(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  if (a.size() != b.size()) return false;
  double largest = 1e-30, difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i])) return false;
    largest = std::max(largest, std::abs(b[i]));
    difference = std::max(difference, std::abs(a[i] - b[i]));
  }
  return difference <= tolerance * largest;
}
