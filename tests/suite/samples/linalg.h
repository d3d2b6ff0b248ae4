#pragma once
#include "ops/arithmetic.h"
#include "ops/creation.h"
#include "ops/matmul.h"
#include "ops/triangle.h"
#include "ops/view.h"
#include "sample.h"

/// Matrices that are far from singular, also where one of their rows or columns is stretched over all: of numbers drawn
/// from -2 … 2, at most 4 each way, to which a diagonal is added.
namespace adora::suite {

/// What an op has to refuse, it gets as it is.
inline bool refused(const Tensor& x) { return !x.defined() || (x.dtype() != float32 && x.dtype() != float64); }

/// x [..., m, n] plus 10, 20, 30, … on the diagonal: the values apart from one another, too.
inline Tensor dominated(const Tensor& x) {
  if (refused(x)) return x;
  const std::int64_t m = x.size(-2), n = x.size(-1);
  std::vector<double> diagonal(static_cast<std::size_t>(m * n), 0);
  for (std::int64_t i = 0; i < std::min(m, n); ++i) {
    diagonal[static_cast<std::size_t>(i * n + i)] = 10 * static_cast<double>(i + 1);
  }
  return x + to(to(tensor(diagonal, {m, n}, cpu), x.dtype()), x.device());
}

/// x·xᵀ plus 1 on the diagonal.
inline Tensor positive(const Tensor& x) {
  if (refused(x)) return x;
  return matmul(x, transpose(x)) + tril(triu(ones({x.size(-2), x.size(-2)}, x.dtype(), x.device())));
}

}  // namespace adora::suite
