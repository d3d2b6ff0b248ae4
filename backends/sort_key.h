#pragma once
#include <bit>
#include <cstdint>

#include "../core/host_device.h"

/// Whole numbers in the place of others, in the same order: a sort compares these. NaN is the largest, 0 and -0 are
/// one.
namespace adora::backends {

ADORA_HD inline std::uint64_t sort_key(double x) {
  if (x != x) return ~std::uint64_t{0};
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x == 0 ? 0.0 : x), sign = std::uint64_t{1} << 63;
  return (bits & sign) ? ~bits : bits | sign;  // of negative numbers the larger bits are the smaller number
}

ADORA_HD inline std::uint64_t sort_key(std::int64_t x) {
  return static_cast<std::uint64_t>(x) ^ (std::uint64_t{1} << 63);
}

/// The same in 32 bits, for the host.
inline std::uint32_t short_sort_key(float x) {
  if (x != x) return ~std::uint32_t{0};
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x == 0 ? 0.0f : x), sign = std::uint32_t{1} << 31;
  return (bits & sign) ? ~bits : bits | sign;
}
/// Of a number that fits into 32 bits.
inline std::uint32_t short_sort_key(std::int64_t x) { return static_cast<std::uint32_t>(x) ^ (std::uint32_t{1} << 31); }

}  // namespace adora::backends
