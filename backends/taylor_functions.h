#pragma once
#include "taylor.h"

/// The definitions of what taylor.h declares: for taylor.cpp, and for what nvcc compiles.
namespace adora::math {

ADORA_TAYLOR Taylor::Taylor(const Taylor& other) { *this = other; }
ADORA_TAYLOR Taylor& Taylor::operator=(const Taylor& other) {
  limit = other.limit, degree = other.degree;
  for (int i = 0; i < other.terms(); ++i) c[i] = other.c[i];
  return *this;
}

namespace detail {

ADORA_HD inline Orders larger(const Orders& a, const Orders& b) {
  Orders y;
  for (int k = 0; k < 3; ++k) y[k] = a[k] > b[k] ? a[k] : b[k];
  return y;
}

/// y += factor·a; y has room for a's powers.
ADORA_TAYLOR void add(Taylor& y, double factor, const Taylor& a) {
  if (factor == 0) return;
  const double* coefficient = a.c;
  for (int i = 0; i <= a.degree[0]; ++i)
    for (int j = 0; j <= a.degree[1]; ++j)
      for (int k = 0; k <= a.degree[2]; ++k, ++coefficient)
        if (*coefficient != 0) y.c[y.place(i, j, k)] += factor * *coefficient;
}

/// Σ c[k]·(u - value of u)^k: a function of u whose own coefficients around u's value are c, u.powers() + 1 of them.
ADORA_TAYLOR Taylor compose(const Taylor& u, const double* c) {
  Taylor y(u.limit, Orders{{u.degree[0] > 0 ? u.limit[0] : 0, u.degree[1] > 0 ? u.limit[1] : 0,
                            u.degree[2] > 0 ? u.limit[2] : 0}});
  y.c[0] = c[0];
  if (u.terms() == 2) {  // linear in one argument, as a formula's argument itself
    double slope = 1;
    for (int k = 1, last = u.powers(); k <= last; ++k) {
      slope *= u.c[1];
      y.c[k] = c[k] == 0 ? 0 : c[k] * slope;
    }
    return y;
  }
  Taylor distance = u;
  distance.c[0] = 0;
  Taylor power = distance;
  for (int k = 1, last = u.powers(); k <= last; ++k) {
    if (k > 1) power = power * distance;
    add(y, c[k], power);
  }
  return y;
}

/// The first n + 1 coefficients of q^p around the point where q = q0 + q1·t + q2·t², which is not 0 there.
ADORA_TAYLOR void power_of_quadratic(double q0, double q1, double q2, double p, int n, double* y) {
  y[0] = ::pow(q0, p);
  for (int k = 1; k <= n; ++k) {
    double sum = (p - (k - 1)) * q1 * y[k - 1];
    if (k > 1 && q2 != 0) sum += (2 * p - (k - 2)) * q2 * y[k - 2];
    y[k] = sum / (k * q0);
  }
}

/// From the coefficients of a function's derivative, in c[0] … c[n - 1], its own: c[0] = value, … c[n].
ADORA_TAYLOR void integrate(double value, int n, double* c) {
  for (int k = n; k > 0; --k) c[k] = c[k - 1] / k;
  c[0] = value;
}

/// The function with the given value at u and the derivative factor·(q0 + q1·t + q2·t²)^p.
ADORA_TAYLOR Taylor integral_of_power(const Taylor& u, double value, double factor, double q0, double q1, double q2,
                                      double p) {
  double c[Taylor::most_terms];
  const int n = u.powers();
  power_of_quadratic(q0, q1, q2, p, n, c);
  for (int k = 0; k <= n; ++k) c[k] *= factor;
  integrate(value, n, c);
  return compose(u, c);
}

/// The function with value y0 at u and the derivative y' = a + b·y + c·y².
ADORA_TAYLOR Taylor solution(const Taylor& u, double y0, double a, double b, double c) {
  double y[Taylor::most_terms];
  riccati(y0, a, b, c, u.powers(), y);
  return compose(u, y);
}

/// The function whose derivatives are the two values in turn, each time with the other sign if `alternating`.
ADORA_TAYLOR Taylor wave(const Taylor& u, double value, double slope, bool alternating) {
  double c[Taylor::most_terms], factorial = 1;
  for (int k = 0, n = u.powers(); k <= n; ++k) {
    factorial *= k > 0 ? k : 1;
    c[k] = (k % 2 == 0 ? value : slope) * (alternating && k % 4 >= 2 ? -1 : 1) / factorial;
  }
  return compose(u, c);
}

/// base^u, of which `value` is the value and `logarithm` that of the base.
ADORA_TAYLOR Taylor power_of_constant(const Taylor& u, double value, double logarithm) {
  double c[Taylor::most_terms];
  c[0] = value;
  for (int k = 1, n = u.powers(); k <= n; ++k) c[k] = c[k - 1] * logarithm / k;
  return compose(u, c);
}

/// u^p: coefficients p·(p - 1)…(p - k + 1) / k! · u^(p - k).
ADORA_TAYLOR Taylor constant_power(const Taylor& u, double p) {
  double c[Taylor::most_terms], binomial = 1;
  for (int k = 0, n = u.powers(); k <= n; ++k) {
    if (k > 0) binomial *= (p - (k - 1)) / k;
    c[k] = binomial == 0 ? 0 : binomial * ::pow(u.c[0], p - k);
  }
  return compose(u, c);
}

/// The error function of u, or what has this value at u and the slope factor times its.
ADORA_TAYLOR Taylor error_function(const Taylor& u, double value, double factor) {
  double c[Taylor::most_terms];
  const int n = u.powers();
  const double x = u.c[0];
  c[0] = factor * 1.1283791670955126 * ::exp(-x * x);
  for (int k = 1; k <= n; ++k) c[k] = c[0] == 0 ? 0 : -2 * (x * c[k - 1] + (k > 1 ? c[k - 2] : 0)) / k;
  integrate(value, n, c);
  return compose(u, c);
}

/// The coefficients of sigmoid; from the side where it is small, where its slope does not cancel.
ADORA_TAYLOR void sigmoid_terms(double x, int n, double* c) {
  riccati(sigmoid(x > 0 ? -x : x), 0, 1, -1, n, c);
  if (!(x > 0)) return;
  c[0] = sigmoid(x);
  for (int k = 2; k <= n; k += 2) c[k] = -c[k];
}

ADORA_TAYLOR bool is_constant(const Taylor& x) { return x.powers() == 0; }

}  // namespace detail

ADORA_TAYLOR Taylor operator-(const Taylor& a) { return scale(a, -1); }
ADORA_TAYLOR Taylor operator+(const Taylor& a, const Taylor& b) {
  Taylor y(detail::larger(a.limit, b.limit), detail::larger(a.degree, b.degree));
  detail::add(y, 1, a), detail::add(y, 1, b);
  y.c[0] = a.c[0] + b.c[0];
  return y;
}
ADORA_TAYLOR Taylor operator-(const Taylor& a, const Taylor& b) {
  Taylor y(detail::larger(a.limit, b.limit), detail::larger(a.degree, b.degree));
  detail::add(y, 1, a), detail::add(y, -1, b);
  y.c[0] = a.c[0] - b.c[0];
  return y;
}
ADORA_TAYLOR Taylor operator*(const Taylor& a, const Taylor& b) {
  const Orders limit = detail::larger(a.limit, b.limit);
  Orders degree;
  for (int k = 0; k < 3; ++k) {
    degree[k] = a.degree[k] + b.degree[k];
    if (degree[k] > limit[k]) degree[k] = limit[k];
  }
  Taylor y(limit, degree);
  const int last = y.terms() - 1;
  if (degree[0] == last || degree[1] == last || degree[2] == last) {  // of one argument
    const int m = a.terms(), n = b.terms();
    for (int i = 0; i < m; ++i) {
      if (a.c[i] == 0) continue;
      for (int j = 0; j < n && i + j <= last; ++j)
        if (b.c[j] != 0) y.c[i + j] += a.c[i] * b.c[j];
    }
    y.c[0] = a.c[0] * b.c[0];
    return y;
  }
  const double* p = a.c;
  for (int i = 0; i <= a.degree[0]; ++i)
    for (int j = 0; j <= a.degree[1]; ++j)
      for (int k = 0; k <= a.degree[2]; ++k, ++p) {
        if (*p == 0) continue;
        for (int l = 0; l <= b.degree[0] && i + l <= degree[0]; ++l)
          for (int m = 0; m <= b.degree[1] && j + m <= degree[1]; ++m)
            for (int n = 0; n <= b.degree[2] && k + n <= degree[2]; ++n) {
              const double q = b.c[b.place(l, m, n)];
              if (q != 0) y.c[y.place(i + l, j + m, k + n)] += *p * q;
            }
      }
  y.c[0] = a.c[0] * b.c[0];
  return y;
}
ADORA_TAYLOR Taylor operator/(const Taylor& a, const Taylor& b) {
  Taylor y = a * detail::constant_power(b, -1);
  y.c[0] = a.c[0] / b.c[0];
  return y;
}
ADORA_TAYLOR Taylor scale(const Taylor& x, double c) {
  Taylor y = x;
  for (int i = 0; i < y.terms(); ++i) y.c[i] *= c;
  return y;
}
ADORA_TAYLOR Taylor max(const Taylor& a, const Taylor& b) {
  if (a.c[0] > b.c[0]) return a;
  if (b.c[0] > a.c[0]) return b;
  Taylor y = a.c[0] == b.c[0] ? scale(a + b, 0.5) : a + b;
  y.c[0] = max(a.c[0], b.c[0]);
  return y;
}
ADORA_TAYLOR Taylor min(const Taylor& a, const Taylor& b) {
  if (a.c[0] < b.c[0]) return a;
  if (b.c[0] < a.c[0]) return b;
  Taylor y = a.c[0] == b.c[0] ? scale(a + b, 0.5) : a + b;
  y.c[0] = min(a.c[0], b.c[0]);
  return y;
}
ADORA_TAYLOR Taylor exp(const Taylor& x) { return detail::power_of_constant(x, ::exp(x.c[0]), 1); }
ADORA_TAYLOR Taylor expm1(const Taylor& x) {
  Taylor y = exp(x);
  y.c[0] = ::expm1(x.c[0]);
  return y;
}
ADORA_TAYLOR Taylor exp2(const Taylor& x) { return detail::power_of_constant(x, ::exp2(x.c[0]), 0.69314718055994531); }
ADORA_TAYLOR Taylor log(const Taylor& x) { return detail::integral_of_power(x, ::log(x.c[0]), 1, x.c[0], 1, 0, -1); }
ADORA_TAYLOR Taylor log1p(const Taylor& x) {
  return detail::integral_of_power(x, ::log1p(x.c[0]), 1, 1 + x.c[0], 1, 0, -1);
}
ADORA_TAYLOR Taylor log2(const Taylor& x) {
  return detail::integral_of_power(x, ::log2(x.c[0]), 1.4426950408889634, x.c[0], 1, 0, -1);
}
ADORA_TAYLOR Taylor log10(const Taylor& x) {
  return detail::integral_of_power(x, ::log10(x.c[0]), 0.43429448190325183, x.c[0], 1, 0, -1);
}
ADORA_TAYLOR Taylor sqrt(const Taylor& x) {
  Taylor y = detail::constant_power(x, 0.5);
  y.c[0] = ::sqrt(x.c[0]);
  return y;
}
ADORA_TAYLOR Taylor pow(const Taylor& x, const Taylor& y) {
  if (detail::is_constant(y)) return detail::constant_power(x, y.c[0]);
  const double value = ::pow(x.c[0], y.c[0]);
  // The exponent's slope at 0⁰ and beyond is 0, as PyTorch has it.
  if (x.c[0] == 0 && y.c[0] >= 0) return detail::constant_power(x, y.c[0]);
  if (detail::is_constant(x)) return detail::power_of_constant(y, value, ::log(x.c[0]));
  Taylor z = exp(y * log(x));
  z.c[0] = value;
  return z;
}
ADORA_TAYLOR Taylor sin(const Taylor& x) { return detail::wave(x, ::sin(x.c[0]), ::cos(x.c[0]), true); }
ADORA_TAYLOR Taylor cos(const Taylor& x) { return detail::wave(x, ::cos(x.c[0]), -::sin(x.c[0]), true); }
ADORA_TAYLOR Taylor tan(const Taylor& x) { return detail::solution(x, ::tan(x.c[0]), 1, 0, 1); }
ADORA_TAYLOR Taylor asin(const Taylor& x) {
  const double v = x.c[0];
  return detail::integral_of_power(x, ::asin(v), 1, (1 - v) * (1 + v), -2 * v, -1, -0.5);
}
ADORA_TAYLOR Taylor acos(const Taylor& x) {
  const double v = x.c[0];
  return detail::integral_of_power(x, ::acos(v), -1, (1 - v) * (1 + v), -2 * v, -1, -0.5);
}
ADORA_TAYLOR Taylor atan(const Taylor& x) {
  const double v = x.c[0];
  return detail::integral_of_power(x, ::atan(v), 1, 1 + v * v, 2 * v, 1, -1);
}
ADORA_TAYLOR Taylor atan2(const Taylor& y, const Taylor& x) {
  // In each part of the plane a constant plus the angle's tangent or cotangent, whichever is smaller.
  const bool wide = ::fabs(x.c[0]) >= ::fabs(y.c[0]);
  Taylor angle = wide ? atan(y / x) : -atan(x / y);
  angle.c[0] = ::atan2(y.c[0], x.c[0]);
  return angle;
}
ADORA_TAYLOR Taylor sinh(const Taylor& x) { return detail::wave(x, ::sinh(x.c[0]), ::cosh(x.c[0]), false); }
ADORA_TAYLOR Taylor cosh(const Taylor& x) { return detail::wave(x, ::cosh(x.c[0]), ::sinh(x.c[0]), false); }
ADORA_TAYLOR Taylor tanh(const Taylor& x) { return detail::solution(x, ::tanh(x.c[0]), 1, 0, -1); }
ADORA_TAYLOR Taylor asinh(const Taylor& x) {
  const double v = x.c[0];
  return detail::integral_of_power(x, ::asinh(v), 1, 1 + v * v, 2 * v, 1, -0.5);
}
ADORA_TAYLOR Taylor acosh(const Taylor& x) {
  const double v = x.c[0];
  return detail::integral_of_power(x, ::acosh(v), 1, (v - 1) * (v + 1), 2 * v, 1, -0.5);
}
ADORA_TAYLOR Taylor atanh(const Taylor& x) {
  const double v = x.c[0];
  return detail::integral_of_power(x, ::atanh(v), 1, (1 - v) * (1 + v), -2 * v, -1, -1);
}
ADORA_TAYLOR Taylor sigmoid(const Taylor& x) {
  double c[Taylor::most_terms];
  detail::sigmoid_terms(x.c[0], x.powers(), c);
  return detail::compose(x, c);
}
ADORA_TAYLOR Taylor softplus(const Taylor& x) {
  double c[Taylor::most_terms];
  const int n = x.powers();
  detail::sigmoid_terms(x.c[0], n, c);
  detail::integrate(softplus(x.c[0]), n, c);
  return detail::compose(x, c);
}
ADORA_TAYLOR Taylor erf(const Taylor& x) { return detail::error_function(x, ::erf(x.c[0]), 1); }
ADORA_TAYLOR Taylor erfc(const Taylor& x) { return detail::error_function(x, ::erfc(x.c[0]), -1); }
ADORA_TAYLOR Taylor erfinv(const Taylor& x) {
  // y' = √π/2·w with w = e^(y²), w' = 2·y·y'·w.
  double y[Taylor::most_terms + 1], w[Taylor::most_terms];
  y[0] = erfinv(x.c[0]);
  w[0] = ::exp(y[0] * y[0]);
  for (int k = 0, n = x.powers(); k < n; ++k) {
    y[k + 1] = 0.88622692545275801 * w[k] / (k + 1);
    double sum = 0;  // (k + 1)·w[k + 1] = Σ j·(y²)ⱼ·w[k + 1 - j]
    for (int j = 1; j <= k + 1; ++j) {
      double square = 0;
      for (int i = 0; i <= j; ++i) square += y[i] * y[j - i];
      sum += j * square * w[k + 1 - j];
    }
    w[k + 1] = sum / (k + 1);
  }
  return detail::compose(x, y);
}
ADORA_TAYLOR Taylor lgamma(const Taylor& x) {
  double c[Taylor::most_terms];
  const int n = x.powers();
  for (int k = 0; k < n; ++k) c[k] = polygamma_term(k, x.c[0]);
  detail::integrate(lgamma(x.c[0]), n, c);
  return detail::compose(x, c);
}
ADORA_TAYLOR Taylor polygamma(int m, const Taylor& x) {
  double c[Taylor::most_terms], factor = 1;  // (m + k)! / k!
  for (int k = 2; k <= m; ++k) factor *= k;
  for (int k = 0, n = x.powers(); k <= n; ++k) {
    if (k > 0) factor *= (m + k) / static_cast<double>(k);
    c[k] = m + k < detail::most_coefficients ? factor * polygamma_term(m + k, x.c[0])
                                             : std::numeric_limits<double>::quiet_NaN();
  }
  return detail::compose(x, c);
}
ADORA_TAYLOR Taylor hypot(const Taylor& a, const Taylor& b) {
  const double length = ::hypot(a.c[0], b.c[0]);
  // Divided by the length, so that squares of large and of small numbers are neither infinite nor 0.
  const Taylor u = scale(a, 1 / length), v = scale(b, 1 / length);
  Taylor y = scale(sqrt(u * u + v * v), length);
  y.c[0] = length;
  return y;
}

}  // namespace adora::math
