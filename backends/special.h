#pragma once
#include "math.h"

/// More functions of one number or two, for formulas that both devices compile: the C library's, in float computed as
/// the C library does in float, and those that it has not.
namespace adora::math {

ADORA_HD inline float tan(float x) { return ::tanf(x); }
ADORA_HD inline double tan(double x) { return ::tan(x); }
ADORA_HD inline float asin(float x) { return ::asinf(x); }
ADORA_HD inline double asin(double x) { return ::asin(x); }
ADORA_HD inline float acos(float x) { return ::acosf(x); }
ADORA_HD inline double acos(double x) { return ::acos(x); }
ADORA_HD inline float atan(float x) { return ::atanf(x); }
ADORA_HD inline double atan(double x) { return ::atan(x); }
ADORA_HD inline float atan2(float y, float x) { return ::atan2f(y, x); }
ADORA_HD inline double atan2(double y, double x) { return ::atan2(y, x); }
ADORA_HD inline float sinh(float x) { return ::sinhf(x); }
ADORA_HD inline double sinh(double x) { return ::sinh(x); }
ADORA_HD inline float cosh(float x) { return ::coshf(x); }
ADORA_HD inline double cosh(double x) { return ::cosh(x); }
ADORA_HD inline float asinh(float x) { return ::asinhf(x); }
ADORA_HD inline double asinh(double x) { return ::asinh(x); }
ADORA_HD inline float acosh(float x) { return ::acoshf(x); }
ADORA_HD inline double acosh(double x) { return ::acosh(x); }
ADORA_HD inline float atanh(float x) { return ::atanhf(x); }
ADORA_HD inline double atanh(double x) { return ::atanh(x); }
ADORA_HD inline float log2(float x) { return ::log2f(x); }
ADORA_HD inline double log2(double x) { return ::log2(x); }
ADORA_HD inline float log10(float x) { return ::log10f(x); }
ADORA_HD inline double log10(double x) { return ::log10(x); }
ADORA_HD inline float exp2(float x) { return ::exp2f(x); }
ADORA_HD inline double exp2(double x) { return ::exp2(x); }
ADORA_HD inline float hypot(float a, float b) { return ::hypotf(a, b); }
ADORA_HD inline double hypot(double a, double b) { return ::hypot(a, b); }
ADORA_HD inline float erfc(float x) { return ::erfcf(x); }
ADORA_HD inline double erfc(double x) { return ::erfc(x); }

// Whole numbers are their own.
ADORA_HD inline float floor(float x) { return ::floorf(x); }
ADORA_HD inline double floor(double x) { return ::floor(x); }
ADORA_HD inline std::int64_t floor(std::int64_t x) { return x; }
ADORA_HD inline float ceil(float x) { return ::ceilf(x); }
ADORA_HD inline double ceil(double x) { return ::ceil(x); }
ADORA_HD inline std::int64_t ceil(std::int64_t x) { return x; }
ADORA_HD inline float trunc(float x) { return ::truncf(x); }
ADORA_HD inline double trunc(double x) { return ::trunc(x); }
ADORA_HD inline std::int64_t trunc(std::int64_t x) { return x; }
/// The nearest whole number, of two equally near ones the even one.
ADORA_HD inline float round(float x) { return ::rintf(x); }
ADORA_HD inline double round(double x) { return ::rint(x); }
ADORA_HD inline std::int64_t round(std::int64_t x) { return x; }

/// a - trunc(a / b)·b: the rest of a division, with a's sign. Of whole numbers by 0 it is 0.
ADORA_HD inline float fmod(float a, float b) { return ::fmodf(a, b); }
ADORA_HD inline double fmod(double a, double b) { return ::fmod(a, b); }
// The smallest number by -1 would trap, as would a division by 0.
ADORA_HD inline std::int64_t fmod(std::int64_t a, std::int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }
/// a - floor(a / b)·b: the rest of a division, with b's sign.
template <class T> ADORA_HD T remainder(T a, T b) {
  const T rest = fmod(a, b);
  return rest != T(0) && (rest < T(0)) != (b < T(0)) ? rest + b : rest;
}
/// floor(a / b) that goes with `remainder`: exact where the quotient is rounded to a whole number.
template <class T> ADORA_HD T floor_of_quotient(T a, T b) {
  if (b == T(0)) return a / b;
  const T rest = fmod(a, b);
  T quotient = (a - rest) / b;
  if (rest != T(0) && (rest < T(0)) != (b < T(0))) quotient = quotient - T(1);
  return round(quotient);
}

/// The inverse of the error function to within 4 units in the last place; infinite at ±1, NaN beyond. Winitzki's
/// approximation ("A handy approximation for the error function and its inverse", 2008), then Halley's method.
ADORA_HD inline double erfinv(double y) {
  const double size = y < 0 ? -y : y;
  if (!(size < 1))
    return size == 1 ? y * std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  if (size < 1e-9) return y * 0.88622692545275801;  // √π/2, the next term is y³
  const double rest = 1 - size;                     // exact where it is small
  constexpr double a = 0.147;
  const double l = size < 0.5 ? ::log1p(-size * size) : ::log(rest * (1 + size)), middle = 4.3307467508 + l / 2;
  const double root = ::sqrt(middle * middle - l / a);
  double x = ::sqrt(middle > 0 ? -l / a / (root + middle) : root - middle);
  for (int i = 0; i < 3; ++i) {
    const double off = size < 0.5 ? ::erf(x) - size : rest - ::erfc(x);
    const double step = off / (1.1283791670955126 * ::exp(-x * x));
    x -= step / (1 + x * step);
  }
  return y < 0 ? -x : x;
}
ADORA_HD inline float erfinv(float y) { return static_cast<float>(erfinv(static_cast<double>(y))); }

ADORA_HD inline double lgamma(double x) {
#if defined(__CUDA_ARCH__) || !defined(_DEFAULT_SOURCE)
  return ::lgamma(x);
#else
  int sign;  // lgamma itself writes it to a variable that all threads have
  return ::lgamma_r(x, &sign);
#endif
}
ADORA_HD inline float lgamma(float x) { return static_cast<float>(lgamma(static_cast<double>(x))); }

/// a·b. Unlike the operator's its derivative by one factor is the other, even if that is infinite.
template <class T> ADORA_HD T product(T a, T b) { return a * b; }
/// a + weight·(b - a), counted from the nearer end.
template <class T> ADORA_HD T between(T a, T b, T weight) {
  return weight < T(0.5) && weight > T(-0.5) ? a + product(weight, b - a) : b - product(T(1) - weight, b - a);
}
/// x·Φ(x) with the normal distribution Φ.
template <class T> ADORA_HD T gelu(T x) {
  const T half = scale(x, 0.5);
  return half * erf(scale(x, 0.70710678118654752)) + half;
}
/// Its approximation ½x(1 + tanh(√(2/π)(x + 0.044715x³))), in which 1 + tanh, written as twice a sigmoid, does not
/// cancel.
template <class T> ADORA_HD T gelu_tanh(T x) {
  return x * sigmoid(scale(x + scale(x * x * x, 0.044715), 1.5957691216057308));
}
/// outer·x for positive x, outer·alpha·(e^(inner·x) - 1) elsewhere.
template <class T> ADORA_HD T elu(T x, double alpha, double inner, double outer) {
  return scale(x <= T(0) ? scale(expm1(scale(x, inner)), alpha) : x, outer);
}
/// x, brought nearer to 0 by `by`; 0 where |x| is at most that.
template <class T> ADORA_HD T shrink(T x, double by) {
  return x > T(by) ? x - T(by) : (x < T(-by) ? x + T(by) : (x == x ? T(0) : x));
}
/// min(max(x, low), high), NaN where one is. Its slope by x is 1 within the bounds and at them, 0 beyond and for NaN.
template <class T> ADORA_HD T clamp(T x, T low, T high) {
  if (x >= low && x <= high) return x;
  const T bound = x > high || low > high ? high : low;
  return x == x && low == low && high == high ? bound : T(std::numeric_limits<double>::quiet_NaN());
}
/// log(x / (1 - x)), x kept within low … high; NaN outside 0 … 1.
template <class T> ADORA_HD T logit(T x, T low, T high) {
  const T p = x < low ? low : (x > high ? high : x);
  return p >= T(0) && p <= T(1) ? log(p) - log1p(-p) : p * T(std::numeric_limits<double>::quiet_NaN());
}
/// x, and the other numbers where it is NaN, inf or -inf.
template <class T> ADORA_HD T finite_or(T x, T nan, T high, T low) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return x == T(infinity) ? high : (x == T(-infinity) ? low : (x == x ? x : nan));
}

namespace detail {
/// Bernoulli's numbers B₂, B₄, … B₁₆ divided by the factorials of 2, 4, … 16.
ADORA_HD inline double bernoulli_term(int j) {
  constexpr double of[] = {8.3333333333333333e-2,  -1.3888888888888889e-3, 3.3068783068783069e-5,
                           -8.2671957671957672e-7, 2.0876756987868099e-8,  -5.2841901386874932e-10,
                           1.3382536530684679e-11, -3.3896802963225829e-13};
  return of[j];
}
/// Σ (x + k)^-s over k = 0, 1, … for a whole s from 2 on and x >= 1/2, by Euler and Maclaurin's formula.
ADORA_HD inline double zeta(int s, double x) {
  double sum = 0;
  for (; x < 12 + s / 2; x += 1) sum += ::pow(x, -s);
  const double power = ::pow(x, -s);
  sum += power * x / (s - 1) + power / 2;
  double term = power / x * s;
  for (int j = 0; j < 8; ++j) {
    sum += bernoulli_term(j) * term;
    term *= (s + 2 * j + 1.0) * (s + 2 * j + 2.0) / (x * x);
  }
  return sum;
}
/// The digamma function of x >= 1/2: by its asymptotic series, which Bernoulli's numbers divided by 2j make up.
ADORA_HD inline double digamma_from_half(double x) {
  double sum = 0;
  for (; x < 12; x += 1) sum -= 1 / x;
  const double z = 1 / (x * x);
  double series = 1.0 / 12;
  constexpr double of[] = {-1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12};
  double power = z;
  series *= z;
  for (double b : of) power *= z, series += b * power;
  return sum + ::log(x) - 0.5 / x - series;
}
/// The first n + 1 coefficients of y around a point, where y' = a + b·y + c·y² and y is y0 at the point.
ADORA_HD inline void riccati(double y0, double a, double b, double c, int n, double* y) {
  y[0] = y0;
  for (int k = 0; k < n; ++k) {
    double square = 0;
    for (int i = 0; i <= k; ++i) square += y[i] * y[k - i];
    y[k + 1] = ((k == 0 ? a : 0) + b * y[k] + c * square) / (k + 1);
  }
}
/// sin(πx), exact where x is whole or half.
ADORA_HD inline double sin_pi(double x) {
  const double rest = x - 2 * ::rint(x / 2);  // -1 … 1
  return rest > 0.5    ? ::sin(3.14159265358979324 * (1 - rest))
         : rest < -0.5 ? -::sin(3.14159265358979324 * (1 + rest))
                       : ::sin(3.14159265358979324 * rest);
}
/// How many derivatives polygamma has.
constexpr int most_coefficients = 40;
/// As polygamma_term, for x >= 1/2.
ADORA_HD inline double polygamma_term_from_half(int n, double x) {
  return n == 0 ? digamma_from_half(x) : (n % 2 == 1 ? 1 : -1) * zeta(n + 1, x);
}
}  // namespace detail

/// The n-th derivative of the digamma function, which for n = 0 it is itself, divided by n!, n < 40. As PyTorch's it is
/// ∓inf at ±0, and NaN where x is a negative whole number.
ADORA_HD inline double polygamma_term(int n, double x) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (x == infinity) return n == 0 ? x : 0;
  if (x >= 0.5) return detail::polygamma_term_from_half(n, x);
  if (x == 0) return n == 0 ? ::copysign(infinity, -x) : n % 2 == 1 ? infinity : ::copysign(infinity, -x);
  if (!(x > -infinity)) return std::numeric_limits<double>::quiet_NaN();
  const double sine = detail::sin_pi(x);
  if (sine == 0) return n % 2 == 1 ? infinity : std::numeric_limits<double>::quiet_NaN();
  // ψ(x) = ψ(1 - x) - π·cot(πx), each side differentiated; y = π·cot(πx) has y' = -π² - y².
  constexpr double pi = 3.14159265358979324;
  double cotangent[detail::most_coefficients];
  detail::riccati(pi * detail::sin_pi(x + 0.5) / sine, -pi * pi, 0, -1, n, cotangent);
  return (n % 2 == 1 ? -1 : 1) * detail::polygamma_term_from_half(n, 1 - x) - cotangent[n];
}
/// The n-th derivative of the digamma function, the logarithmic derivative of Γ.
ADORA_HD inline double polygamma(int n, double x) {
  double factorial = 1;
  for (int k = 2; k <= n; ++k) factorial *= k;
  return polygamma_term(n, x) * factorial;
}
ADORA_HD inline float polygamma(int n, float x) { return static_cast<float>(polygamma(n, static_cast<double>(x))); }
template <class T> ADORA_HD T digamma(T x) { return polygamma(0, x); }

}  // namespace adora::math
