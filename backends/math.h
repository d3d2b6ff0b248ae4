#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

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

/// ln x within 2 units in the last place; -inf at 0, NaN below. Polynomial coefficients as in Cephes' logf.
ADORA_HD inline float log(float x) {
#ifdef __CUDA_ARCH__
  return ::logf(x);
#else
  bool subnormal = x < 1.17549435e-38f;
  std::uint32_t bits = std::bit_cast<std::uint32_t>(subnormal ? x * 33554432.0f : x);  // times 2^25
  // x = m·2^e with m between √½ and √2.
  std::int32_t e = static_cast<std::int32_t>(bits - 0x3f3504f3u) >> 23;
  float f = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(e) << 23)) - 1.0f;
  float n = static_cast<float>(e) - (subnormal ? 25.0f : 0.0f);
  float p = 7.0376836292e-2f;
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  float z = f * f;
  float result = (p * f * z - n * 2.12194440e-4f - 0.5f * z + f) + n * 0.693359375f;
  float edge = x == 0.0f ? -std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  edge = x > 0.0f ? x : edge;
  return x > 0.0f && x <= 3.40282347e38f ? result : edge;
#endif
}
ADORA_HD inline double log(double x) { return ::log(x); }
/// ln(1 + x) within 3 units in the last place, also where 1 + x rounds x away.
ADORA_HD inline float log1p(float x) {
#ifdef __CUDA_ARCH__
  return ::log1pf(x);
#else
  float u = 1.0f + x;
  float lost = x - (u - 1.0f);
  float result = log(u);
  result = u > 0.0f && u <= 3.40282347e38f ? result + lost / u : result;
  return x == 0.0f ? x : result;
#endif
}
ADORA_HD inline double log1p(double x) { return ::log1p(x); }
/// eˣ - 1 within 3 units in the last place, also where x is small: 2ⁿ·(eʳ - 1) + (2ⁿ - 1) with x = n·ln 2 + r.
ADORA_HD inline float expm1(float x) {
#ifdef __CUDA_ARCH__
  return ::expm1f(x);
#else
  float c = x < -18.0f ? -18.0f : x;
  c = c > 18.0f ? 18.0f : c;
  constexpr float shift = 12582912.0f;  // 1.5·2^23, as in exp
  float shifted = c * 1.44269504088896341f + shift;
  float n = shifted - shift;
  float r = c - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r;
  std::uint32_t whole = std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(shift);
  float power = std::bit_cast<float>((whole + 127u) << 23);
  float result = power * p + (power - 1.0f);
  result = x > 18.0f ? exp(x) : result;
  result = x == x ? result : x;
  return x == 0.0f ? x : result;
#endif
}
ADORA_HD inline double expm1(double x) { return ::expm1(x); }
ADORA_HD inline float sqrt(float x) { return ::sqrtf(x); }
ADORA_HD inline double sqrt(double x) { return ::sqrt(x); }
ADORA_HD inline float sin(float x) { return ::sinf(x); }
ADORA_HD inline double sin(double x) { return ::sin(x); }
ADORA_HD inline float cos(float x) { return ::cosf(x); }
ADORA_HD inline double cos(double x) { return ::cos(x); }
/// The error function within 3 units in the last place: x·P(x²) up to 1, then 1 - e^(-x²)·Q(1/x²)/x, coefficients as
/// in Cephes' erff and erfcf.
ADORA_HD inline float erf(float x) {
#ifdef __CUDA_ARCH__
  return ::erff(x);
#else
  float a = x < 0.0f ? -x : x;
  float z = x * x;
  float p = 7.853861353153693e-5f;
  p = p * z - 8.010193625184903e-4f;
  p = p * z + 5.188327685732524e-3f;
  p = p * z - 2.685381193529856e-2f;
  p = p * z + 1.128358514861418e-1f;
  p = p * z - 3.761262582423300e-1f;
  p = p * z + 1.128379165726710e+0f;
  float near = x * p;
  float w = a > 1.0f ? 1.0f / a : 1.0f;
  float v = w * w;
  float q = 2.326819970068386e-2f;
  q = q * v - 1.387039388740657e-1f;
  q = q * v + 3.687424674597105e-1f;
  q = q * v - 5.824733027278666e-1f;
  q = q * v + 6.210004621745983e-1f;
  q = q * v - 4.944515323274145e-1f;
  q = q * v + 3.404879937665872e-1f;
  q = q * v - 2.741127028184656e-1f;
  q = q * v + 5.638259427386472e-1f;
  float far = 1.0f - exp(-z) * w * q;
  far = x < 0.0f ? -far : far;
  return a > 1.0f ? far : near;
#endif
}
ADORA_HD inline double erf(double x) { return ::erf(x); }
ADORA_HD inline float pow(float x, float y) { return ::powf(x, y); }
ADORA_HD inline double pow(double x, double y) { return ::pow(x, y); }

template <class T> ADORA_HD T sigmoid(T x) { return T(1) / (T(1) + exp(-x)); }

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

/// c·x. Unlike x * T(c) the derivative at an infinite x is c.
ADORA_HD inline float scale(float x, double c) { return static_cast<float>(c) * x; }
ADORA_HD inline double scale(double x, double c) { return c * x; }

/// The larger of two numbers, NaN where one is.
template <class T> ADORA_HD T max(T a, T b) { return a > b || a != a ? a : b; }
/// The smaller of two numbers, NaN where one is.
template <class T> ADORA_HD T min(T a, T b) { return a < b || a != a ? a : b; }

}  // namespace adora::math
