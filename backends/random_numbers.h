#pragma once
#include <cmath>

#include "../core/random.h"

/// The random numbers that a block of Philox stands for; both devices compile them.
namespace adora::backends {

/// A multiple of 2^-53 in [0, 1).
ADORA_HD inline double unit_number(std::uint32_t low, std::uint32_t high) {
  return static_cast<double>((low | std::uint64_t{high} << 32) >> 11) * 0x1p-53;
}

/// Uniform in [low, high). Rounded once, so that it is the same on every device.
struct UniformNumber {
  double low, high;
  ADORA_HD double operator()(const Philox& b) const {
    return ::fma(high - low, unit_number(b.word[0], b.word[1]), low);
  }
};

/// Normally distributed, by Box and Muller's transform. The devices' logarithms and cosines may differ in the last
/// place of a double.
struct NormalNumber {
  double mean, deviation;
  ADORA_HD double operator()(const Philox& b) const {
    constexpr double two_pi = 6.283185307179586;
    double radius = ::sqrt(-2 * ::log(1 - unit_number(b.word[0], b.word[1])));
    return mean + deviation * radius * ::cos(two_pi * unit_number(b.word[2], b.word[3]));
  }
};

}  // namespace adora::backends
