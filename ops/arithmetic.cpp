#include "arithmetic.h"

#include <cmath>

#include "../autograd/record.h"
#include "broadcast.h"
#include "in_place.h"
#include "op.h"

namespace adora {
namespace {

struct Sum {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const { return a + b; }
};
struct Difference {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const { return a - b; }
};
struct Product {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const { return a * b; }
};
struct Quotient {
  template <class T> ADORA_HD T operator()(T a, T b) const { return a / b; }
};
struct Affine {
  static constexpr bool integers = true;
  double scale, shift;
  template <class T> ADORA_HD T operator()(T x) const { return T(scale) * x + T(shift); }
};

template <class F> Tensor apply(const char* op, const F& formula, const Tensor& a, const Tensor& b) {
  return detail::map_broadcast<2>(op, formula, detail::broadcast_all(op, {&a, &b}), {&a, &b});
}

/// target = formula(target, x)
template <class F> void apply_in_place(const char* op, const F& formula, const Tensor& target, const Tensor& x) {
  const Shape shape = detail::broadcast_all(op, {&target, &x});
  check(shape == target.shape(), "{}: {} has no room for the result's shape {}", op, describe(target), shape);
  detail::check_in_place(op, target);
  refuse_to_record(op, {x}, "do it under NoGrad, or with a detached tensor");
  const Tensor other = target.is(x) ? x : detail::apart(x, target);
  const Tensor inputs[] = {target, other.with_layout(other.layout().expanded(shape))};
  backends::map(target, backends::map_function<2>(op, formula), inputs);
  target.storage()->bump_version();
}

/// Whole numbers take no factor or summand with a fraction.
void check_affine(const char* op, const Tensor& x, double scale, double shift) {
  auto whole = [](double c) { return c == std::floor(c) && std::abs(c) < 0x1p63; };
  check(is_floating(x.dtype()) || (whole(scale) && whole(shift)),
        "{}: {}·x + {} of whole numbers ({}) would be rounded; convert with to(x, float32)", op, scale, shift,
        describe(x));
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  // By itself: as an argument of record it might be computed after a.shape(), which does not know the op.
  const Tensor y = apply("add", Sum{}, a, b);
  return record("add", y, input(a, [s = a.shape()](const Tensor& g) { return sum_to(g, s); }),
                input(b, [s = b.shape()](const Tensor& g) { return sum_to(g, s); }));
}
const Op add_op{"add", add};
// Backward passes record this name where they are themselves recorded and several gradients meet.
const Op accumulate_op{"accumulate"};

Tensor sub(const Tensor& a, const Tensor& b) {
  const Tensor y = apply("sub", Difference{}, a, b);
  return record("sub", y, input(a, [s = a.shape()](const Tensor& g) { return sum_to(g, s); }),
                input(b, [s = b.shape()](const Tensor& g) { return sum_to(neg(g), s); }));
}
const Op sub_op{"sub", sub};

Tensor mul(const Tensor& a, const Tensor& b) {
  const Tensor y = apply("mul", Product{}, a, b);
  return record(
      "mul", y,
      input(a, {{"b", b}}, [s = a.shape()](const Tensor& g, const Tensor& b) { return sum_to(mul(g, b), s); }),
      input(b, {{"a", a}}, [s = b.shape()](const Tensor& g, const Tensor& a) { return sum_to(mul(g, a), s); }));
}
const Op mul_op{"mul", mul};

Tensor div(const Tensor& a, const Tensor& b) {
  Tensor y = apply("div", Quotient{}, a, b);
  return record(
      "div", y,
      input(a, {{"b", b}}, [s = a.shape()](const Tensor& g, const Tensor& b) { return sum_to(div(g, b), s); }),
      input(b, {{"b", b}, {"y", y}}, [s = b.shape()](const Tensor& g, const Tensor& b, const Tensor& y) {
        return sum_to(neg(div(mul(g, y), b)), s);
      }));
}
const Op div_op{"div", div, {.low = 0.5, .high = 2}};

Tensor neg(const Tensor& x) {
  check_inputs("neg", {&x});
  return affine(x, -1, 0);
}
const Op neg_op{"neg", neg};

Tensor affine(const Tensor& x, double scale, double shift) {
  check_inputs("affine", {&x});
  check_affine("affine", x, scale, shift);
  Affine formula{scale, shift};
  Tensor y = detail::map_broadcast<1>("affine", formula, x.shape(), {&x});
  return record("affine", y, input(x, [scale](const Tensor& g) { return affine(g, scale, 0); }));
}
const Op affine_op{"affine", +[](const Tensor& x) { return affine(x, -1.5, 0.25); }};

void add_(const Tensor& target, const Tensor& x) { apply_in_place("add_", Sum{}, target, x); }
void sub_(const Tensor& target, const Tensor& x) { apply_in_place("sub_", Difference{}, target, x); }
void mul_(const Tensor& target, const Tensor& x) { apply_in_place("mul_", Product{}, target, x); }
void div_(const Tensor& target, const Tensor& x) { apply_in_place("div_", Quotient{}, target, x); }

void detail::affine_in_place(const char* op, const Tensor& target, double scale, double shift) {
  check_inputs(op, {&target});
  check_affine(op, target, scale, shift);
  check_in_place(op, target);
  const Affine formula{scale, shift};
  backends::map(target, backends::map_function<1>(op, formula), std::span(&target, 1));
  target.storage()->bump_version();
}

}  // namespace adora
