#pragma once
#include "special.h"

namespace adora::math {

/// Whether a number is 0, and so are all its slopes.
ADORA_HD inline bool vanishes(float x) { return x == 0; }
ADORA_HD inline bool vanishes(double x) { return x == 0; }
/// One number or another.
ADORA_HD inline float select(bool first, float a, float b) { return first ? a : b; }
ADORA_HD inline double select(bool first, double a, double b) { return first ? a : b; }
/// The chain rule: a function's derivative times its argument's slope.
ADORA_HD inline float along(float derivative, float slope) { return derivative * slope; }
ADORA_HD inline double along(double derivative, double slope) { return derivative * slope; }

/// A number and its derivative: computing a formula with it computes the formula's
/// derivative too (forward mode). Nested, Dual<Dual<T>>, it gives the second.
template <class T> struct Dual {
  T value;
  T slope;

  Dual() = default;
  ADORA_HD constexpr Dual(T value, T slope) : value(value), slope(slope) {}
  /// A constant.
  ADORA_HD explicit constexpr Dual(double constant) : value(T(constant)), slope(T(0)) {}

  ADORA_HD friend Dual operator-(Dual a) { return {-a.value, -a.slope}; }
  ADORA_HD friend Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.slope + b.slope}; }
  ADORA_HD friend Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.slope - b.slope}; }
  ADORA_HD friend Dual operator*(Dual a, Dual b) { return {a.value * b.value, a.slope * b.value + a.value * b.slope}; }
  ADORA_HD friend Dual operator/(Dual a, Dual b) {
    T quotient = a.value / b.value;
    return {quotient, (a.slope - along(quotient, b.slope)) / b.value};
  }
  ADORA_HD friend bool operator<(Dual a, Dual b) { return a.value < b.value; }
  ADORA_HD friend bool operator>(Dual a, Dual b) { return a.value > b.value; }
  ADORA_HD friend bool operator<=(Dual a, Dual b) { return a.value <= b.value; }
  ADORA_HD friend bool operator>=(Dual a, Dual b) { return a.value >= b.value; }
  ADORA_HD friend bool operator==(Dual a, Dual b) { return a.value == b.value; }
};

// Without a branch, as all here is computed whether needed or not, for loops to become vector code.
template <class T> ADORA_HD bool vanishes(Dual<T> x) { return vanishes(x.value) & vanishes(x.slope); }
template <class T> ADORA_HD Dual<T> select(bool first, Dual<T> a, Dual<T> b) {
  return {select(first, a.value, b.value), select(first, a.slope, b.slope)};
}
/// The slope of a formula's own argument is the constant 1, whose slope, 0, times an infinite derivative must not make
/// NaN of the second derivative.
template <class T> ADORA_HD Dual<T> along(Dual<T> derivative, Dual<T> slope) {
  T change = along(derivative.slope, slope.value), more = along(derivative.value, slope.slope);
  return {along(derivative.value, slope.value), select(vanishes(slope.slope), change, change + more)};
}
/// For functions of two numbers, of which one may be constant and the derivative by it infinite.
template <class T> ADORA_HD T along_one(T derivative, T slope) {
  return select(vanishes(slope), T(0), along(derivative, slope));
}

template <class T> ADORA_HD Dual<T> exp(Dual<T> x) {
  T y = exp(x.value);
  return {y, along(y, x.slope)};
}
template <class T> ADORA_HD Dual<T> exp_up_to_0(Dual<T> x) {
  T y = exp_up_to_0(x.value);
  return {y, along(y, x.slope)};
}
template <class T> ADORA_HD Dual<T> expm1(Dual<T> x) { return {expm1(x.value), along(exp(x.value), x.slope)}; }
template <class T> ADORA_HD Dual<T> exp2(Dual<T> x) {
  T y = exp2(x.value);
  return {y, along(scale(y, 0.69314718055994531), x.slope)};
}
template <class T> ADORA_HD Dual<T> log(Dual<T> x) { return {log(x.value), x.slope / x.value}; }
template <class T> ADORA_HD Dual<T> log1p(Dual<T> x) { return {log1p(x.value), x.slope / (T(1) + x.value)}; }
template <class T> ADORA_HD Dual<T> log2(Dual<T> x) {
  return {log2(x.value), scale(x.slope, 1.4426950408889634) / x.value};
}
template <class T> ADORA_HD Dual<T> log10(Dual<T> x) {
  return {log10(x.value), scale(x.slope, 0.43429448190325183) / x.value};
}
template <class T> ADORA_HD Dual<T> sqrt(Dual<T> x) {
  T y = sqrt(x.value);
  return {y, x.slope / scale(y, 2)};
}
template <class T> ADORA_HD Dual<T> sin(Dual<T> x) { return {sin(x.value), along(cos(x.value), x.slope)}; }
template <class T> ADORA_HD Dual<T> cos(Dual<T> x) { return {cos(x.value), along(-sin(x.value), x.slope)}; }
template <class T> ADORA_HD Dual<T> sin_near(Dual<T> x) {
  return {sin_near(x.value), along(cos_near(x.value), x.slope)};
}
template <class T> ADORA_HD Dual<T> cos_near(Dual<T> x) {
  return {cos_near(x.value), along(-sin_near(x.value), x.slope)};
}
template <class T> ADORA_HD Dual<T> tan(Dual<T> x) {
  T y = tan(x.value);
  return {y, along(T(1) + y * y, x.slope)};
}
template <class T> ADORA_HD Dual<T> asin(Dual<T> x) {
  return {asin(x.value), x.slope / sqrt((T(1) - x.value) * (T(1) + x.value))};
}
template <class T> ADORA_HD Dual<T> acos(Dual<T> x) {
  return {acos(x.value), -x.slope / sqrt((T(1) - x.value) * (T(1) + x.value))};
}
template <class T> ADORA_HD Dual<T> atan(Dual<T> x) { return {atan(x.value), x.slope / (T(1) + x.value * x.value)}; }
/// Both slopes are 0 at the origin.
template <class T> ADORA_HD Dual<T> atan2(Dual<T> y, Dual<T> x) {
  T square = x.value * x.value + y.value * y.value;
  T change = along_one(x.value / square, y.slope) - along_one(y.value / square, x.slope);
  return {atan2(y.value, x.value), square == T(0) ? T(0) : change};
}
template <class T> ADORA_HD Dual<T> sinh(Dual<T> x) { return {sinh(x.value), along(cosh(x.value), x.slope)}; }
template <class T> ADORA_HD Dual<T> cosh(Dual<T> x) { return {cosh(x.value), along(sinh(x.value), x.slope)}; }
template <class T> ADORA_HD Dual<T> tanh(Dual<T> x) {
  T y = tanh(x.value);
  return {y, along(T(1) - y * y, x.slope)};
}
template <class T> ADORA_HD Dual<T> asinh(Dual<T> x) {
  return {asinh(x.value), x.slope / sqrt(T(1) + x.value * x.value)};
}
template <class T> ADORA_HD Dual<T> acosh(Dual<T> x) {
  return {acosh(x.value), x.slope / sqrt((x.value - T(1)) * (x.value + T(1)))};
}
template <class T> ADORA_HD Dual<T> atanh(Dual<T> x) {
  return {atanh(x.value), x.slope / ((T(1) - x.value) * (T(1) + x.value))};
}
template <class T> ADORA_HD Dual<T> erf(Dual<T> x) {
  // d erf = 2/√π · e^(-x²)
  return {erf(x.value), along(scale(exp(-x.value * x.value), 1.1283791670955126), x.slope)};
}
template <class T> ADORA_HD Dual<T> erfc(Dual<T> x) {
  return {erfc(x.value), along(scale(exp(-x.value * x.value), -1.1283791670955126), x.slope)};
}
template <class T> ADORA_HD Dual<T> erfinv(Dual<T> x) {
  T y = erfinv(x.value);
  return {y, along(scale(exp(y * y), 0.88622692545275801), x.slope)};
}
template <class T> ADORA_HD Dual<T> polygamma(int n, Dual<T> x) {
  return {polygamma(n, x.value), along(polygamma(n + 1, x.value), x.slope)};
}
template <class T> ADORA_HD Dual<T> lgamma(Dual<T> x) {
  return {lgamma(x.value), along(polygamma(0, x.value), x.slope)};
}
template <class T> ADORA_HD Dual<T> sigmoid(Dual<T> x) {
  T y = sigmoid(x.value);
  return {y, along(y * (T(1) - y), x.slope)};
}
template <class T> ADORA_HD Dual<T> softplus(Dual<T> x) {
  return {softplus(x.value), along(sigmoid(x.value), x.slope)};
}
template <class T> ADORA_HD Dual<T> scale(Dual<T> x, double c) { return {scale(x.value, c), scale(x.slope, c)}; }
template <class T> ADORA_HD Dual<T> product(Dual<T> a, Dual<T> b) {
  return {product(a.value, b.value), along_one(b.value, a.slope) + along_one(a.value, b.slope)};
}
/// Equal numbers have half a slope each; beside NaN both have theirs.
template <class T> ADORA_HD Dual<T> max(Dual<T> a, Dual<T> b) {
  T both = a.slope + b.slope, tie = a.value == b.value ? T(0.5) * both : both;
  return {max(a.value, b.value), a.value > b.value ? a.slope : (b.value > a.value ? b.slope : tie)};
}
template <class T> ADORA_HD Dual<T> min(Dual<T> a, Dual<T> b) {
  T both = a.slope + b.slope, tie = a.value == b.value ? T(0.5) * both : both;
  return {min(a.value, b.value), a.value < b.value ? a.slope : (b.value < a.value ? b.slope : tie)};
}
template <class T> ADORA_HD Dual<T> pow(Dual<T> x, Dual<T> y) {
  // A constant base or exponent must not bring in the other's 0·inf.
  // The exponent 0 stays one, for a slope of 0·x⁰ = 0 everywhere.
  T less = select(y.value == T(0), y.value, y.value - T(1)), power = pow(x.value, y.value);
  T slope = along_one(along(pow(x.value, less), y.value), x.slope);
  // As PyTorch has it, 0 to powers from 0 on has no slope by the power.
  bool flat = vanishes(y.slope) | ((x.value == T(0)) & (y.value >= T(0)));
  return {power, select(flat, slope, slope + along(power * log(x.value), y.slope))};
}
template <class T> ADORA_HD Dual<T> hypot(Dual<T> a, Dual<T> b) {
  T y = hypot(a.value, b.value);
  return {y, along_one(a.value / y, a.slope) + along_one(b.value / y, b.slope)};
}
// Steps are flat.
template <class T> ADORA_HD Dual<T> floor(Dual<T> x) { return {floor(x.value), T(0)}; }
template <class T> ADORA_HD Dual<T> ceil(Dual<T> x) { return {ceil(x.value), T(0)}; }
template <class T> ADORA_HD Dual<T> trunc(Dual<T> x) { return {trunc(x.value), T(0)}; }
template <class T> ADORA_HD Dual<T> round(Dual<T> x) { return {round(x.value), T(0)}; }
template <class T> ADORA_HD Dual<T> floor_of_quotient(Dual<T> a, Dual<T> b) {
  return {floor_of_quotient(a.value, b.value), T(0)};
}
template <class T> ADORA_HD Dual<T> fmod(Dual<T> a, Dual<T> b) {
  return {fmod(a.value, b.value), a.slope - along_one(trunc(a.value / b.value), b.slope)};
}
template <class T> ADORA_HD Dual<T> remainder(Dual<T> a, Dual<T> b) {
  return {remainder(a.value, b.value), a.slope - along_one(floor_of_quotient(a.value, b.value), b.slope)};
}

namespace detail {
/// A formula differentiated as often as said with respect to its arguments 0, 1 and 2, by nested dual numbers.
template <int n0, int n1, int n2> struct Partial {
  static constexpr int k = n0 > 0 ? 0 : n1 > 0 ? 1 : 2;
  template <class F, int... I, class... T>
  ADORA_HD static auto of(const F& formula, std::integer_sequence<int, I...> each, T... x) {
    return Partial<n0 - (k == 0), n1 - (k == 1), n2 - (k == 2)>::of(formula, each, Dual<T>(x, T(I == k ? 1 : 0))...)
        .slope;
  }
};
template <> struct Partial<0, 0, 0> {
  template <class F, int... I, class... T>
  ADORA_HD static auto of(const F& formula, std::integer_sequence<int, I...>, T... x) {
    return formula(x...);
  }
};
}  // namespace detail

/// g times a derivative of F, which is differentiated as often as said with respect to its arguments 0, 1 and 2: a
/// formula of g and F's arguments. Gradients are of this form, of any order.
template <class F, int n0, int n1, int n2> struct TimesDerivative {
  static constexpr float float_limit = math::float_limit<F>();
  F formula;
  ADORA_HD explicit TimesDerivative(const F& formula) : formula(formula) {}

  template <class T, class... X> ADORA_HD T operator()(T g, X... x) const {
    return g * detail::Partial<n0, n1, n2>::of(formula, std::make_integer_sequence<int, sizeof...(X)>(), x...);
  }
};

}  // namespace adora::math
