#pragma once
#include <algorithm>
#include <cstdint>

namespace adora::backends::cpu {

/// value(0), …, value(n - 1) joined into one number, in 16 lanes side by side, so that the loop becomes vector code.
/// The order depends on n alone.
template <class C, class Value, class Join> C fold(std::int64_t n, C start, Value&& value, Join&& join) {
  constexpr std::int64_t lanes = 16;
  C lane[lanes];
  std::fill_n(lane, lanes, start);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (std::int64_t l = 0; l < lanes; ++l) lane[l] = join(lane[l], value(i + l));
  }
  for (std::int64_t l = 0; i < n; ++i, ++l) lane[l] = join(lane[l], value(i));
  for (std::int64_t half = lanes / 2; half > 0; half /= 2) {
    for (std::int64_t l = 0; l < half; ++l) lane[l] = join(lane[l], lane[l + half]);
  }
  return lane[0];
}

/// value(0) + … + value(n - 1)
template <class C, class Value> C lane_sum(std::int64_t n, Value&& value) {
  return fold<C>(n, C(0), value, [](C a, C b) { return a + b; });
}

}  // namespace adora::backends::cpu
