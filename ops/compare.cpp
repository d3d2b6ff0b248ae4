#include "compare.h"

#include <cmath>
#include <limits>

#include "../autograd/record.h"
#include "broadcast.h"
#include "creation.h"
#include "op.h"

namespace adora {
namespace {

struct Equal {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const { return T(a == b); }
};
struct NotEqual {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const { return T(a != b); }
};
struct Less {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const { return T(a < b); }
};
struct LessEqual {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const { return T(a <= b); }
};
struct IsClose {
  static constexpr bool integers = true;
  double rtol, atol;
  bool equal_nan;
  template <class T> ADORA_HD T operator()(T a, T b) const {
    if (a == b) return T(1);
    if (a != a || b != b) return T(equal_nan && a != a && b != b);
    const double x = static_cast<double>(a), y = static_cast<double>(b);
    const double difference = x < y ? y - x : x - y;
    // A finite number is not close to an infinite one, however much that allows.
    return T(difference <= atol + rtol * (y < 0 ? -y : y) && difference < std::numeric_limits<double>::infinity());
  }
};
struct IsNan {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T x) const { return T(x != x); }
};
// x - x is 0 for finite numbers and NaN for others.
struct IsInf {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T x) const { return T(x == x && x - x != x - x); }
};
struct IsFinite {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T x) const { return T(x - x == x - x); }
};
struct Choice {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b, T condition) const { return condition != T(0) ? a : b; }
};

template <class F> Tensor compare(const char* op, const F& formula, const Tensor& a, const Tensor& b) {
  Shape shape = detail::broadcast_all(op, {&a, &b});
  Tensor y = empty(shape, boolean, a.device());
  const Tensor inputs[] = {a.with_layout(a.layout().expanded(shape)), b.with_layout(b.layout().expanded(shape))};
  backends::map(y, backends::map_function<2>(op, formula), inputs);
  return y;
}

constexpr double not_whole = std::numeric_limits<double>::quiet_NaN();

/// `bound` is the whole number with which whole numbers are compared in place of c; NaN where they can't equal it.
Tensor compare_number(const char* op, Tensor (*with)(const Tensor&, const Tensor&), const Tensor& x, double c,
                      double bound) {
  check_inputs(op, {&x});
  if (is_floating(x.dtype())) return with(x, full({}, c, x.dtype(), x.device()));
  constexpr double end = 0x1p63;
  if (bound >= -end && bound < end) return with(to(x, int64), full({}, bound, int64, x.device()));
  // Beyond all whole numbers the answer is the same for each of them: that of any.
  const Tensor truth = with(full({}, 0, float64, x.device()), full({}, c, float64, x.device()));
  return contiguous(broadcast_to(truth, x.shape()));
}

template <class F> Tensor truth(const char* op, const F& formula, const Tensor& x) {
  check_inputs(op, {&x});
  Tensor y = empty(x.shape(), boolean, x.device());
  const Tensor inputs[] = {x};
  backends::map(y, backends::map_function<1>(op, formula), inputs);
  return y;
}

}  // namespace

Tensor eq(const Tensor& a, const Tensor& b) { return compare("eq", Equal{}, a, b); }
Tensor ne(const Tensor& a, const Tensor& b) { return compare("ne", NotEqual{}, a, b); }
Tensor less(const Tensor& a, const Tensor& b) { return compare("less", Less{}, a, b); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return compare("less_equal", LessEqual{}, a, b); }
Tensor greater(const Tensor& a, const Tensor& b) { return compare("greater", Less{}, b, a); }
Tensor greater_equal(const Tensor& a, const Tensor& b) { return compare("greater_equal", LessEqual{}, b, a); }
// Truths have no gradient.
const Op eq_op{"eq", eq, {.recorded = false}};
const Op ne_op{"ne", ne, {.recorded = false}};
const Op less_op{"less", less, {.recorded = false}};
const Op less_equal_op{"less_equal", less_equal, {.recorded = false}};
const Op greater_op{"greater", greater, {.recorded = false}};
const Op greater_equal_op{"greater_equal", greater_equal, {.recorded = false}};

Tensor eq(const Tensor& x, double c) { return compare_number("eq", eq, x, c, c == std::floor(c) ? c : not_whole); }
Tensor ne(const Tensor& x, double c) { return compare_number("ne", ne, x, c, c == std::floor(c) ? c : not_whole); }
Tensor less(const Tensor& x, double c) { return compare_number("less", less, x, c, std::ceil(c)); }
Tensor less_equal(const Tensor& x, double c) { return compare_number("less_equal", less_equal, x, c, std::floor(c)); }
Tensor greater(const Tensor& x, double c) { return compare_number("greater", greater, x, c, std::floor(c)); }
Tensor greater_equal(const Tensor& x, double c) {
  return compare_number("greater_equal", greater_equal, x, c, std::ceil(c));
}

Tensor isclose(const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
  check(rtol >= 0 && atol >= 0, "isclose: the tolerances rtol = {} and atol = {} must not be negative", rtol, atol);
  return compare("isclose", IsClose{rtol, atol, equal_nan}, a, b);
}
const Op isclose_op{
    "isclose", +[](const Tensor& a, const Tensor& b) { return isclose(a, b, 0.5, 0.25); }, {.recorded = false}};

Tensor isnan(const Tensor& x) { return truth("isnan", IsNan{}, x); }
Tensor isinf(const Tensor& x) { return truth("isinf", IsInf{}, x); }
Tensor isfinite(const Tensor& x) { return truth("isfinite", IsFinite{}, x); }
const Op isnan_op{"isnan", isnan, {.recorded = false}};
const Op isinf_op{"isinf", isinf, {.recorded = false}};
const Op isfinite_op{"isfinite", isfinite, {.recorded = false}};

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  check_inputs("where", {&condition, &a, &b});
  check(condition.dtype() == boolean, "where: the condition is {}; it must be boolean, as comparisons give it",
        describe(condition));
  Shape shape = broadcast("where", detail::broadcast_all("where", {&a, &b}), condition.shape());
  Tensor y = detail::map_broadcast<3>("where", Choice{}, shape, {&a, &b, &condition});
  auto zero = [](const Tensor& g) { return zeros({}, g.dtype(), g.device()); };
  return record("where", y,
                input(a, {{"condition", condition}},
                      [=, s = a.shape()](const Tensor& g, const Tensor& c) { return sum_to(where(c, g, zero(g)), s); }),
                input(b, {{"condition", condition}}, [=, s = b.shape()](const Tensor& g, const Tensor& c) {
                  return sum_to(where(c, zero(g), g), s);
                }));
}
const Op where_op{"where"};

}  // namespace adora
