#pragma once
#include <cmath>
#include <limits>

#include "../core/dtype.h"
#include "../core/random.h"

/// The random numbers that a block of Philox stands for; both devices compile them.
namespace adora::backends {

/// A multiple of 2^-53 in [0, 1).
ADORA_HD inline double unit_number(std::uint32_t low, std::uint32_t high) {
  return static_cast<double>((low | std::uint64_t{high} << 32) >> 11) * 0x1p-53;
}

/// Uniform in [low, high), and at most `most`. Rounded once, so that it is the same on every device.
struct UniformNumber {
  double low, high;
  double most;  ///< see largest_below
  ADORA_HD double operator()(const Philox& b) const {
    const double x = ::fma(high - low, unit_number(b.word[0], b.word[1]), low);
    return x < most ? x : most;
  }
};

/// The largest number of a floating dtype that is below `high`: what is kept within it does not become `high`, or more,
/// when it is rounded to the dtype.
inline double largest_below(double high, DType dtype) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return visit_floating("largest_below", dtype, [&]<class T>() -> double {
    if constexpr (std::is_same_v<T, double>) {
      return std::nextafter(high, -infinity);
    } else {
      T x(static_cast<float>(high));
      while (static_cast<double>(static_cast<float>(x)) >= high) {
        if constexpr (std::is_same_v<T, float>) {
          x = std::nextafter(x, -std::numeric_limits<float>::infinity());
        } else {  // the bits of a half type count up with its size
          constexpr std::uint16_t sign = 0x8000, smallest = 1;
          if (x.bits == 0) x.bits = sign | smallest;
          else x.bits = static_cast<std::uint16_t>(x.bits & sign ? x.bits + 1 : x.bits - 1);
        }
      }
      return static_cast<double>(static_cast<float>(x));
    }
  });
}

/// The numbers of a tensor of `dtype`; `low` where that is also `high`.
inline UniformNumber uniform_number(double low, double high, DType dtype) {
  return {low, high, low < high ? largest_below(high, dtype) : high};
}

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
