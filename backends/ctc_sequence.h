#pragma once
#include <cstdint>
#include <limits>

#include "math.h"

namespace adora::backends {

/// log(eᵃ + eᵇ), -inf of two -inf.
ADORA_HD inline double log_add(double a, double b) {
  const double high = a > b ? a : b, low = a > b ? b : a;
  return high == -std::numeric_limits<double>::infinity() ? high : high + math::log1p(math::exp(low - high));
}

/// One sequence and its target, for backends/ctc.h's kernels on every device.
template <class T> struct CtcSequence {
  const T* log_probs;  ///< of its first time
  std::int64_t step;   ///< from one time to the next
  const std::int64_t* target;
  std::int64_t times, states;  ///< states = 2·labels + 1
  std::int64_t blank;

  ADORA_HD std::int64_t label(std::int64_t state) const { return state % 2 ? target[state / 2] : blank; }
  /// Whether the state can follow the one two before it: a label another than the last one.
  ADORA_HD bool skips_to(std::int64_t state) const {
    return state % 2 && state >= 2 && target[state / 2] != target[state / 2 - 1];
  }
  ADORA_HD double emission(std::int64_t t, std::int64_t state) const {
    return static_cast<double>(log_probs[t * step + label(state)]);
  }
  /// α of the first time.
  ADORA_HD double first(std::int64_t state) const {
    return state < 2 ? emission(0, state) : -std::numeric_limits<double>::infinity();
  }
  /// α at time t > 0, from those of the time before.
  ADORA_HD double alpha(std::int64_t t, std::int64_t state, const double* before) const {
    double sum = before[state];
    if (state >= 1) sum = log_add(sum, before[state - 1]);
    if (skips_to(state)) sum = log_add(sum, before[state - 2]);
    return sum + emission(t, state);
  }
  /// -log of the target's probability, from the last time's α.
  ADORA_HD double loss(const double* last) const {
    if (times == 0) return states == 1 ? 0 : std::numeric_limits<double>::infinity();
    return -(states > 1 ? log_add(last[states - 1], last[states - 2]) : last[0]);
  }
  /// β, the logarithm of the probability of what follows time t, from those of the time after.
  ADORA_HD double beta(std::int64_t t, std::int64_t state, const double* after) const {
    if (t + 1 == times) return state + 2 >= states ? 0 : -std::numeric_limits<double>::infinity();
    double sum = after[state] + emission(t + 1, state);
    if (state + 1 < states) sum = log_add(sum, after[state + 1] + emission(t + 1, state + 1));
    if (state + 2 < states && skips_to(state + 2)) sum = log_add(sum, after[state + 2] + emission(t + 1, state + 2));
    return sum;
  }
};

}  // namespace adora::backends
