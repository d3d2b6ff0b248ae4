#include "compare.h"

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
struct Less {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const { return T(a < b); }
};
struct LessEqual {
  static constexpr bool integers = true;
  template <class T> ADORA_HD T operator()(T a, T b) const { return T(a <= b); }
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

template <class F> Tensor truth(const char* op, const F& formula, const Tensor& x) {
  check_inputs(op, {&x});
  Tensor y = empty(x.shape(), boolean, x.device());
  const Tensor inputs[] = {x};
  backends::map(y, backends::map_function<1>(op, formula), inputs);
  return y;
}

}  // namespace

Tensor equal(const Tensor& a, const Tensor& b) { return compare("equal", Equal{}, a, b); }
Tensor less(const Tensor& a, const Tensor& b) { return compare("less", Less{}, a, b); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return compare("less_equal", LessEqual{}, a, b); }
Tensor greater(const Tensor& a, const Tensor& b) { return compare("greater", Less{}, b, a); }
Tensor greater_equal(const Tensor& a, const Tensor& b) { return compare("greater_equal", LessEqual{}, b, a); }
// Truths have no gradient.
const Op equal_op{"equal", equal, {.recorded = false}};
const Op less_op{"less", less, {.recorded = false}};
const Op less_equal_op{"less_equal", less_equal, {.recorded = false}};
const Op greater_op{"greater", greater, {.recorded = false}};
const Op greater_equal_op{"greater_equal", greater_equal, {.recorded = false}};

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
