#pragma once
#include <bit>
#include <cmath>
#include <cstdint>

#include "../core/host_device.h"

/// Functions of one number for formulas that both devices compile. The float
/// versions here have no branches, so that the compiler makes vector code of a
/// loop over them; `Dual` (dual.h) adds overloads that carry a derivative along.
namespace adora::math {

/// eˣ within 2 units in the last place; inf above 88.73, 0 below -103.98, NaN for NaN.
/// Range reduction by ln 2 and a polynomial, coefficients as in Cephes' expf (Moshier).
ADORA_HD inline float exp(float x) {
#ifdef __CUDA_ARCH__
  return ::expf(x);
#else
  float c = x < -104.0f ? -104.0f : x;
  c = c > 89.0f ? 89.0f : c;
  constexpr float shift = 12582912.0f;  // 1.5·2^23: adding it rounds to a whole number
  float shifted = c * 1.44269504088896341f + shift;
  float n = shifted - shift;
  float r = c - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  // 2^n in two factors, since n reaches from -150 to 128, beyond normal floats.
  std::int32_t whole = static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(shifted)) -
                       static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(shift));
  std::int32_t half = whole >> 1;
  float low = std::bit_cast<float>(static_cast<std::uint32_t>(half + 127) << 23);
  float high = std::bit_cast<float>(static_cast<std::uint32_t>(whole - half + 127) << 23);
  float result = p * low * high;
  return x == x ? result : x;
#endif
}
ADORA_HD inline double exp(double x) { return ::exp(x); }

ADORA_HD inline float log(float x) { return ::logf(x); }
ADORA_HD inline double log(double x) { return ::log(x); }
ADORA_HD inline float log1p(float x) { return ::log1pf(x); }
ADORA_HD inline double log1p(double x) { return ::log1p(x); }
ADORA_HD inline float expm1(float x) { return ::expm1f(x); }
ADORA_HD inline double expm1(double x) { return ::expm1(x); }
ADORA_HD inline float sqrt(float x) { return ::sqrtf(x); }
ADORA_HD inline double sqrt(double x) { return ::sqrt(x); }
ADORA_HD inline float sin(float x) { return ::sinf(x); }
ADORA_HD inline double sin(double x) { return ::sin(x); }
ADORA_HD inline float cos(float x) { return ::cosf(x); }
ADORA_HD inline double cos(double x) { return ::cos(x); }
ADORA_HD inline float erf(float x) { return ::erff(x); }
ADORA_HD inline double erf(double x) { return ::erf(x); }
ADORA_HD inline float pow(float x, float y) { return ::powf(x, y); }
ADORA_HD inline double pow(double x, double y) { return ::pow(x, y); }

template <class T>
ADORA_HD T sigmoid(T x) {
  return T(1) / (T(1) + exp(-x));
}

/// tanh; the float version from eˣ, by Cephes' polynomial near 0 where that would cancel.
ADORA_HD inline float tanh(float x) {
#ifdef __CUDA_ARCH__
  return ::tanhf(x);
#else
  float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  float near = p * z * x + x;
  float far = 1.0f - 2.0f / (exp(2.0f * x) + 1.0f);
  return z < 0.390625f ? near : far;
#endif
}
ADORA_HD inline double tanh(double x) { return ::tanh(x); }

/// The larger of two numbers, NaN where one is.
template <class T>
ADORA_HD T max(T a, T b) {
  return a > b || a != a ? a : b;
}
/// The smaller of two numbers, NaN where one is.
template <class T>
ADORA_HD T min(T a, T b) {
  return a < b || a != a ? a : b;
}

}  // namespace adora::math
