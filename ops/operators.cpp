#include "operators.h"

#include "../autograd/record.h"
#include "../autograd/variable.h"
#include "broadcast.h"
#include "creation.h"
#include "elementwise/reciprocal.h"
#include "elementwise/remainder.h"
#include "in_place.h"

namespace adora {
namespace {

// The loops of whole numbers compute these. Formulas are compiled for floating numbers too, which never get there.
struct And {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) return a & b;
    else return a * b;
  }
};
struct Or {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) return a | b;
    else return a + b;
  }
};
struct ExclusiveOr {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) return a ^ b;
    else return a - b;
  }
};

template <class F> Tensor of_bits(const char* op, const F& formula, const Tensor& a, const Tensor& b) {
  const Shape shape = detail::broadcast_all(op, {&a, &b});
  check(!is_floating(a.dtype()), "{}: works on truths and whole numbers, not on {}; compare first, as in x > 0", op,
        describe(a));
  return detail::map_broadcast<2>(op, formula, shape, {&a, &b});
}

/// Whether x and what it is combined with belong to a graph, so that the handle has to become the result.
bool recorded(const char* op, const Tensor& x, const Tensor& y) {
  check_inputs(op, {&x, &y});
  if (!grad_required_now(x) && !grad_required_now(y)) return false;
  check(!grad_required_now(x) || !is_leaf(x),
        "{}: {} is a leaf that wants a gradient; change it under NoGrad, or write x = x {} y for a new tensor", op,
        describe(x), op[0]);
  return true;
}

Tensor& become(const char* op, Tensor& x, Tensor result) {
  check(result.shape() == x.shape(), "{}: {} has no room for the result's shape {}", op, describe(x), result.shape());
  return x = std::move(result);
}

Tensor& scaled(const char* op, Tensor& x, double scale, double shift) {
  if (recorded(op, x, x)) return x = affine(x, scale, shift);
  detail::affine_in_place(op, x, scale, shift);
  return x;
}

}  // namespace

Tensor operator%(const Tensor& x, const Tensor& y) { return remainder(x, y); }
Tensor operator%(const Tensor& x, double c) { return remainder(x, c); }

Tensor operator/(double c, const Tensor& x) { return c == 1 ? reciprocal(x) : affine(reciprocal(x), c, 0); }

Tensor operator&(const Tensor& a, const Tensor& b) { return of_bits("&", And{}, a, b); }
Tensor operator|(const Tensor& a, const Tensor& b) { return of_bits("|", Or{}, a, b); }
Tensor operator^(const Tensor& a, const Tensor& b) { return of_bits("^", ExclusiveOr{}, a, b); }
Tensor operator~(const Tensor& x) {
  check_inputs("~", {&x});
  return x.dtype() == boolean ? eq(x, 0) : x ^ full({}, x.dtype() == uint8 ? 255 : -1, x.dtype(), x.device());
}

Tensor& operator+=(Tensor& x, const Tensor& y) {
  if (recorded("+=", x, y)) return become("+=", x, add(x, y));
  add_(x, y);
  return x;
}
Tensor& operator-=(Tensor& x, const Tensor& y) {
  if (recorded("-=", x, y)) return become("-=", x, sub(x, y));
  sub_(x, y);
  return x;
}
Tensor& operator*=(Tensor& x, const Tensor& y) {
  if (recorded("*=", x, y)) return become("*=", x, mul(x, y));
  mul_(x, y);
  return x;
}
Tensor& operator/=(Tensor& x, const Tensor& y) {
  if (recorded("/=", x, y)) return become("/=", x, div(x, y));
  div_(x, y);
  return x;
}
Tensor& operator+=(Tensor& x, double c) { return scaled("+=", x, 1, c); }
Tensor& operator-=(Tensor& x, double c) { return scaled("-=", x, 1, -c); }
Tensor& operator*=(Tensor& x, double c) { return scaled("*=", x, c, 0); }
Tensor& operator/=(Tensor& x, double c) { return scaled("/=", x, 1 / c, 0); }

}  // namespace adora
