#include "arithmetic.h"

#include <cmath>

#include "../autograd/record.h"
#include "broadcast.h"
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
  auto whole = [](double c) { return c == std::floor(c) && std::abs(c) < 0x1p63; };
  check(is_floating(x.dtype()) || (whole(scale) && whole(shift)),
        "affine: {}·x + {} of whole numbers ({}) would be rounded; convert with to(x, float32)", scale, shift,
        describe(x));
  Affine formula{scale, shift};
  Tensor y = detail::map_broadcast<1>("affine", formula, x.shape(), {&x});
  return record("affine", y, input(x, [scale](const Tensor& g) { return affine(g, scale, 0); }));
}
const Op affine_op{"affine", +[](const Tensor& x) { return affine(x, -1.5, 0.25); }};

}  // namespace adora
