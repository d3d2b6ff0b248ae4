#pragma once
#include "math.h"

/// What distances of one norm are made of: the term of a difference, the distance from the sum of terms, and the
/// derivative by a difference d at a distance, as weight(distance)·slope(d).
namespace adora::backends {

template <class T> ADORA_HD T sign_of(T d) { return d > T(0) ? T(1) : (d < T(0) ? T(-1) : d); }

struct Manhattan {
  template <class T> ADORA_HD T term(T d) const { return d < T(0) ? -d : d; }
  template <class T> ADORA_HD T root(T sum) const { return sum; }
  template <class T> ADORA_HD T weight(T) const { return T(1); }
  template <class T> ADORA_HD T slope(T d) const { return sign_of(d); }
};

struct Euclid {
  template <class T> ADORA_HD T term(T d) const { return d * d; }
  template <class T> ADORA_HD T root(T sum) const { return math::sqrt(sum); }
  template <class T> ADORA_HD T weight(T distance) const { return distance == T(0) ? T(0) : T(1) / distance; }
  template <class T> ADORA_HD T slope(T d) const { return d; }
};

struct Minkowski {
  double p;
  template <class T> ADORA_HD T term(T d) const { return math::pow(d < T(0) ? -d : d, T(p)); }
  template <class T> ADORA_HD T root(T sum) const { return math::pow(sum, T(1 / p)); }
  template <class T> ADORA_HD T weight(T distance) const {
    return distance == T(0) ? T(0) : math::pow(distance, T(1 - p));
  }
  template <class T> ADORA_HD T slope(T d) const {
    return d == T(0) ? T(0) : sign_of(d) * math::pow(d < T(0) ? -d : d, T(p - 1));
  }
};

template <class F> void visit_norm(double p, F&& f) {
  if (p == 1) f(Manhattan{});
  else if (p == 2) f(Euclid{});
  else f(Minkowski{p});
}

}  // namespace adora::backends
