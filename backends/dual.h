#pragma once
#include "math.h"

namespace adora::math {

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
    return {quotient, (a.slope - quotient * b.slope) / b.value};
  }
  ADORA_HD friend bool operator<(Dual a, Dual b) { return a.value < b.value; }
  ADORA_HD friend bool operator>(Dual a, Dual b) { return a.value > b.value; }
  ADORA_HD friend bool operator<=(Dual a, Dual b) { return a.value <= b.value; }
  ADORA_HD friend bool operator>=(Dual a, Dual b) { return a.value >= b.value; }
  ADORA_HD friend bool operator==(Dual a, Dual b) { return a.value == b.value; }
};

template <class T> ADORA_HD Dual<T> exp(Dual<T> x) {
  T y = exp(x.value);
  return {y, y * x.slope};
}
template <class T> ADORA_HD Dual<T> log(Dual<T> x) { return {log(x.value), x.slope / x.value}; }
template <class T> ADORA_HD Dual<T> log1p(Dual<T> x) { return {log1p(x.value), x.slope / (T(1) + x.value)}; }
template <class T> ADORA_HD Dual<T> expm1(Dual<T> x) { return {expm1(x.value), exp(x.value) * x.slope}; }
template <class T> ADORA_HD Dual<T> sqrt(Dual<T> x) {
  T y = sqrt(x.value);
  return {y, x.slope / (T(2) * y)};
}
template <class T> ADORA_HD Dual<T> sin(Dual<T> x) { return {sin(x.value), cos(x.value) * x.slope}; }
template <class T> ADORA_HD Dual<T> cos(Dual<T> x) { return {cos(x.value), -sin(x.value) * x.slope}; }
template <class T> ADORA_HD Dual<T> sin_near(Dual<T> x) { return {sin_near(x.value), cos_near(x.value) * x.slope}; }
template <class T> ADORA_HD Dual<T> cos_near(Dual<T> x) { return {cos_near(x.value), -sin_near(x.value) * x.slope}; }
template <class T> ADORA_HD Dual<T> tanh(Dual<T> x) {
  T y = tanh(x.value);
  return {y, (T(1) - y * y) * x.slope};
}
template <class T> ADORA_HD Dual<T> erf(Dual<T> x) {
  // d erf = 2/√π · e^(-x²)
  return {erf(x.value), T(1.1283791670955126) * exp(-x.value * x.value) * x.slope};
}
template <class T> ADORA_HD Dual<T> sigmoid(Dual<T> x) {
  T y = sigmoid(x.value);
  return {y, y * (T(1) - y) * x.slope};
}
template <class T> ADORA_HD Dual<T> scale(Dual<T> x, double c) { return {scale(x.value, c), scale(x.slope, c)}; }
/// Equal numbers have half a slope each.
template <class T> ADORA_HD Dual<T> max(Dual<T> a, Dual<T> b) {
  T tie = T(0.5) * (a.slope + b.slope);
  return {max(a.value, b.value), a.value > b.value ? a.slope : (b.value > a.value ? b.slope : tie)};
}
template <class T> ADORA_HD Dual<T> min(Dual<T> a, Dual<T> b) {
  T tie = T(0.5) * (a.slope + b.slope);
  return {min(a.value, b.value), a.value < b.value ? a.slope : (b.value < a.value ? b.slope : tie)};
}
template <class T> ADORA_HD Dual<T> pow(Dual<T> x, Dual<T> y) {
  // A constant base or exponent must not bring in the other's 0·inf.
  T slope = T(0);
  // The exponent 0 stays one, for a slope of 0·x⁰ = 0 everywhere.
  T less = y.value == T(0) ? y.value : y.value - T(1);
  if (!(x.slope == T(0))) slope = slope + y.value * pow(x.value, less) * x.slope;
  if (!(y.slope == T(0)) && !(x.value == T(0))) slope = slope + pow(x.value, y.value) * log(x.value) * y.slope;
  return {pow(x.value, y.value), slope};
}

/// The formula that is the derivative of F with respect to its argument number k.
template <class F, int k> struct Derivative {
  static constexpr float float_limit = math::float_limit<F>();
  F formula;

  template <class T, class... Rest> ADORA_HD T operator()(T first, Rest... rest) const {
    return at(std::make_integer_sequence<int, 1 + sizeof...(Rest)>(), first, rest...);
  }

 private:
  template <int... I, class... T> ADORA_HD auto at(std::integer_sequence<int, I...>, T... x) const {
    return formula(Dual<T>(x, T(I == k ? 1 : 0))...).slope;
  }
};

/// g times a formula of the other arguments: a gradient in one pass.
template <class F> struct Times {
  static constexpr float float_limit = math::float_limit<F>();
  F formula;

  template <class T, class... X> ADORA_HD T operator()(T g, X... x) const { return g * formula(x...); }
};

}  // namespace adora::math
