#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>

#include "../../core/dtype.h"
#include "../math.h"

/// Loops over one row of numbers, in the type arithmetic is done in.
namespace adora::backends::cpu {

/// A row as contiguous numbers to compute with: the row itself where it is that already, else `buffer`, filled.
template <class T> const Compute<T>* load_row(const T* row, std::int64_t n, std::int64_t stride, Compute<T>* buffer) {
  if constexpr (std::is_same_v<T, Compute<T>>) {
    if (stride == 1) return row;
  }
  for (std::int64_t i = 0; i < n; ++i) buffer[i] = static_cast<Compute<T>>(row[i * stride]);
  return buffer;
}

/// The largest of n numbers, -inf for none; NaN is passed over.
template <class C> C row_max(const C* x, std::int64_t n) {
  C best = -std::numeric_limits<C>::infinity();
#pragma omp simd reduction(max : best)
  for (std::int64_t i = 0; i < n; ++i) best = x[i] > best ? x[i] : best;
  return best;
}

/// Σ exp(x[i] - shift) for a shift that no x[i] exceeds, in blocks that are added in double.
template <class C> double row_sum_exp(const C* x, std::int64_t n, C shift) {
  constexpr std::int64_t block = 1024;
  double total = 0;
  for (std::int64_t begin = 0; begin < n; begin += block) {
    std::int64_t end = std::min(begin + block, n);
    C sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = begin; i < end; ++i) sum += math::exp_up_to_0(x[i] - shift);
    total += static_cast<double>(sum);
  }
  return total;
}

/// x[i] = exp(x[i] - shift) for a short row and a shift that no x[i] exceeds; returns the sum.
template <class C> C row_exp(C* x, std::int64_t n, C shift) {
  C sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) {
    C e = math::exp_up_to_0(x[i] - shift);
    x[i] = e;
    sum += e;
  }
  return sum;
}

}  // namespace adora::backends::cpu
