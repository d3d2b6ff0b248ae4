#pragma once
#include <cstdint>
#include <type_traits>

#include "../core/host_device.h"

/// How running results are joined; W is double or int64.
namespace adora::backends {

/// Whole numbers wrap around, which signed ones must not do by themselves.
template <class W> ADORA_HD W wrapping_sum(W a, W b) {
  if constexpr (std::is_integral_v<W>)
    return static_cast<W>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  else return a + b;
}
template <class W> ADORA_HD W wrapping_product(W a, W b) {
  if constexpr (std::is_integral_v<W>)
    return static_cast<W>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  else return a * b;
}

/// Whether `x` takes the place of the best so far, as scan_argmax has it.
template <class W> ADORA_HD bool takes_over(W x, W best, bool smallest) {
  if (x != x) return true;
  return smallest ? x <= best : x >= best;  // nothing takes over from NaN
}

}  // namespace adora::backends
