#pragma once
#include "special.h"

namespace adora::math {

/// How often a formula is differentiated with respect to each of up to three arguments.
struct Orders {
  int of[3] = {0, 0, 0};
  ADORA_HD constexpr int& operator[](int k) { return of[k]; }
  ADORA_HD constexpr int operator[](int k) const { return of[k]; }
  ADORA_HD constexpr int total() const { return of[0] + of[1] + of[2]; }
  /// The terms of a polynomial with powers up to these; larger than any number of them for large orders.
  ADORA_HD constexpr std::int64_t terms() const {
    return (std::int64_t{1} + of[0]) * (std::int64_t{1} + of[1]) * (std::int64_t{1} + of[2]);
  }
  bool operator==(const Orders&) const = default;
};

/// A function near a point, as a polynomial in the distances of up to three arguments from theirs, whose higher powers
/// are dropped. Computing a formula with it gives all the formula's derivatives up to some orders at once, of any
/// order: the coefficients are these, divided by factorials. Slower than `Dual`, and compiled once for all formulas and
/// orders. Comparisons compare values, so that formulas with `?:` work.
///
/// A coefficient that is 0 counts as absent: multiplied by an infinite one it gives 0, not NaN, so that powers of 0
/// have the derivatives they should.
struct Taylor {
  /// Room for the derivatives of one argument up to the 35th, of two up to the fifth in each.
  static constexpr int most_terms = 36;

  Orders limit;   ///< powers beyond these are dropped
  Orders degree;  ///< powers beyond these don't occur
  double c[most_terms];

  /// A constant.
  ADORA_HD explicit Taylor(double constant) { c[0] = constant; }
  /// The argument number k, in a formula that is differentiated as often as `limit` says: limit.terms() <= most_terms.
  ADORA_HD Taylor(double value, int k, const Orders& limit) : limit(limit) {
    c[0] = value;
    if (limit[k] > 0) degree[k] = 1, c[1] = 1;
  }
  /// No terms yet: all coefficients are 0.
  ADORA_HD Taylor(const Orders& limit, const Orders& degree) : limit(limit), degree(degree) {
    for (int i = 0; i < terms(); ++i) c[i] = 0;
  }
  ADORA_HD Taylor(const Taylor& other);
  ADORA_HD Taylor& operator=(const Taylor& other);

  ADORA_HD int terms() const { return static_cast<int>(degree.terms()); }
  ADORA_HD double value() const { return c[0]; }
  /// Where the coefficient of some powers is; these are no larger than `degree`.
  ADORA_HD int place(int i, int j, int k) const { return (i * (degree[1] + 1) + j) * (degree[2] + 1) + k; }
  /// The largest power of (this - value) that is not dropped.
  ADORA_HD int powers() const {
    int sum = 0;
    for (int k = 0; k < 3; ++k) sum += degree[k] > 0 ? limit[k] : 0;
    return sum;
  }

  ADORA_HD friend bool operator<(const Taylor& a, const Taylor& b) { return a.c[0] < b.c[0]; }
  ADORA_HD friend bool operator>(const Taylor& a, const Taylor& b) { return a.c[0] > b.c[0]; }
  ADORA_HD friend bool operator<=(const Taylor& a, const Taylor& b) { return a.c[0] <= b.c[0]; }
  ADORA_HD friend bool operator>=(const Taylor& a, const Taylor& b) { return a.c[0] >= b.c[0]; }
  ADORA_HD friend bool operator==(const Taylor& a, const Taylor& b) { return a.c[0] == b.c[0]; }
};

/// The derivative of those orders of a function with that polynomial: its coefficient times factorials.
ADORA_HD inline double derivative(const Taylor& y, const Orders& orders) {
  double factorials = 1;
  for (int k = 0; k < 3; ++k) {
    if (orders[k] > y.degree[k]) return 0;
    for (int i = 2; i <= orders[k]; ++i) factorials *= i;
  }
  return y.c[y.place(orders[0], orders[1], orders[2])] * factorials;
}

// The functions are compiled once for the CPU, in taylor.cpp; nvcc has to see them in every file.
#ifdef __CUDA_ARCH__
#define ADORA_TAYLOR inline __noinline__ __host__ __device__
#elif defined(__CUDACC__)
#define ADORA_TAYLOR inline __host__ __device__
#else
#define ADORA_TAYLOR
#endif

ADORA_TAYLOR Taylor operator-(const Taylor& a);
ADORA_TAYLOR Taylor operator+(const Taylor& a, const Taylor& b);
ADORA_TAYLOR Taylor operator-(const Taylor& a, const Taylor& b);
ADORA_TAYLOR Taylor operator*(const Taylor& a, const Taylor& b);
ADORA_TAYLOR Taylor operator/(const Taylor& a, const Taylor& b);
ADORA_TAYLOR Taylor scale(const Taylor& x, double c);
ADORA_TAYLOR Taylor max(const Taylor& a, const Taylor& b);
ADORA_TAYLOR Taylor min(const Taylor& a, const Taylor& b);
ADORA_TAYLOR Taylor exp(const Taylor& x);
ADORA_TAYLOR Taylor expm1(const Taylor& x);
ADORA_TAYLOR Taylor exp2(const Taylor& x);
ADORA_TAYLOR Taylor log(const Taylor& x);
ADORA_TAYLOR Taylor log1p(const Taylor& x);
ADORA_TAYLOR Taylor log2(const Taylor& x);
ADORA_TAYLOR Taylor log10(const Taylor& x);
ADORA_TAYLOR Taylor sqrt(const Taylor& x);
ADORA_TAYLOR Taylor pow(const Taylor& x, const Taylor& y);
ADORA_TAYLOR Taylor sin(const Taylor& x);
ADORA_TAYLOR Taylor cos(const Taylor& x);
ADORA_TAYLOR Taylor tan(const Taylor& x);
ADORA_TAYLOR Taylor asin(const Taylor& x);
ADORA_TAYLOR Taylor acos(const Taylor& x);
ADORA_TAYLOR Taylor atan(const Taylor& x);
ADORA_TAYLOR Taylor atan2(const Taylor& y, const Taylor& x);
ADORA_TAYLOR Taylor sinh(const Taylor& x);
ADORA_TAYLOR Taylor cosh(const Taylor& x);
ADORA_TAYLOR Taylor tanh(const Taylor& x);
ADORA_TAYLOR Taylor asinh(const Taylor& x);
ADORA_TAYLOR Taylor acosh(const Taylor& x);
ADORA_TAYLOR Taylor atanh(const Taylor& x);
ADORA_TAYLOR Taylor sigmoid(const Taylor& x);
ADORA_TAYLOR Taylor softplus(const Taylor& x);
ADORA_TAYLOR Taylor erf(const Taylor& x);
ADORA_TAYLOR Taylor erfc(const Taylor& x);
ADORA_TAYLOR Taylor erfinv(const Taylor& x);
ADORA_TAYLOR Taylor lgamma(const Taylor& x);
ADORA_TAYLOR Taylor polygamma(int n, const Taylor& x);
ADORA_TAYLOR Taylor hypot(const Taylor& a, const Taylor& b);
ADORA_HD inline Taylor sin_near(const Taylor& x) { return sin(x); }
ADORA_HD inline Taylor cos_near(const Taylor& x) { return cos(x); }
ADORA_HD inline Taylor exp_up_to_0(const Taylor& x) { return exp(x); }
ADORA_HD inline Taylor digamma(const Taylor& x) { return polygamma(0, x); }
ADORA_HD inline Taylor floor(const Taylor& x) { return Taylor(floor(x.c[0])); }
ADORA_HD inline Taylor ceil(const Taylor& x) { return Taylor(ceil(x.c[0])); }
ADORA_HD inline Taylor trunc(const Taylor& x) { return Taylor(trunc(x.c[0])); }
ADORA_HD inline Taylor round(const Taylor& x) { return Taylor(round(x.c[0])); }
ADORA_HD inline Taylor remainder(const Taylor& a, const Taylor& b) { return a - floor(a / b) * b; }
ADORA_HD inline Taylor fmod(const Taylor& a, const Taylor& b) { return a - trunc(a / b) * b; }

}  // namespace adora::math

#ifdef __CUDACC__
#include "taylor_functions.h"
#endif
