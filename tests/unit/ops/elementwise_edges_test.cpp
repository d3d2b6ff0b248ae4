// Edges of elementwise functions: values and slopes at 0, at infinity, of NaN and at kinks. The numbers are PyTorch's
// (2.13, float64).
#include <cmath>
#include <limits>

#include "../../catch.h"
#include "../../refused.h"
#include "but_elementwise.h"
#include "ops/elementwise/acos.h"
#include "ops/elementwise/acosh.h"
#include "ops/elementwise/asin.h"
#include "ops/elementwise/asinh.h"
#include "ops/elementwise/atan.h"
#include "ops/elementwise/atan2.h"
#include "ops/elementwise/atanh.h"
#include "ops/elementwise/ceil.h"
#include "ops/elementwise/celu.h"
#include "ops/elementwise/clamp.h"
#include "ops/elementwise/clamp_tensors.h"
#include "ops/elementwise/cosh.h"
#include "ops/elementwise/digamma.h"
#include "ops/elementwise/elu.h"
#include "ops/elementwise/erfc.h"
#include "ops/elementwise/erfinv.h"
#include "ops/elementwise/exp2.h"
#include "ops/elementwise/floor.h"
#include "ops/elementwise/fmod.h"
#include "ops/elementwise/gelu_tanh.h"
#include "ops/elementwise/glu.h"
#include "ops/elementwise/hardshrink.h"
#include "ops/elementwise/hardsigmoid.h"
#include "ops/elementwise/hardswish.h"
#include "ops/elementwise/hardtanh.h"
#include "ops/elementwise/hypot.h"
#include "ops/elementwise/lerp.h"
#include "ops/elementwise/lgamma.h"
#include "ops/elementwise/log10.h"
#include "ops/elementwise/log2.h"
#include "ops/elementwise/logaddexp.h"
#include "ops/elementwise/logit.h"
#include "ops/elementwise/logsigmoid.h"
#include "ops/elementwise/maximum.h"
#include "ops/elementwise/minimum.h"
#include "ops/elementwise/mish.h"
#include "ops/elementwise/nan_to_num.h"
#include "ops/elementwise/pow.h"
#include "ops/elementwise/pow_tensors.h"
#include "ops/elementwise/prelu.h"
#include "ops/elementwise/relu6.h"
#include "ops/elementwise/remainder.h"
#include "ops/elementwise/round.h"
#include "ops/elementwise/selu.h"
#include "ops/elementwise/sign.h"
#include "ops/elementwise/sin.h"
#include "ops/elementwise/sinh.h"
#include "ops/elementwise/softshrink.h"
#include "ops/elementwise/softsign.h"
#include "ops/elementwise/tan.h"
#include "ops/elementwise/tanhshrink.h"
#include "ops/elementwise/threshold.h"
#include "ops/elementwise/trunc.h"

using namespace adora;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity(), n = std::numeric_limits<double>::quiet_NaN();

/// Equal, or both NaN, or within rounding of the type; a zero's sign counts for nothing, and so does what the type has
/// no number for.
void check_alike(const std::vector<double>& found, const std::vector<double>& expected, DType dtype) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double rounded = dtype == float64 ? expected[i] : static_cast<double>(static_cast<float>(expected[i]));
    INFO(fmt::format("element {} is {:.17g} instead of {:.17g} in {}", i, found[i], rounded, name(dtype)));
    const bool alike = std::isnan(rounded)
                           ? std::isnan(found[i])
                           : found[i] == rounded ||
                                 std::abs(found[i] - rounded) <= (dtype == float64 ? 2e-14 : 2e-6) * std::abs(rounded) +
                                                                     (dtype == float64 ? 1e-300 : 1e-37);
    CHECK(alike);
  }
}

}  // namespace

TEST_CASE("elementwise functions of one tensor have PyTorch's values and slopes at their edges") {
  struct Row {
    const char* what;
    Tensor (*f)(const Tensor&);
    std::vector<double> x, values, slopes;
  };
  const Row rows[] = {
      {"tan", tan, {0, inf, -inf, n}, {0, n, n, n}, {1, n, n, n}},
      {"asin",
       asin,
       {0, inf, -inf, n, 1, -1, 2},
       {0, n, n, n, 1.5707963267948966, -1.5707963267948966, n},
       {1, n, n, n, inf, inf, n}},
      {"acos",
       acos,
       {0, inf, -inf, n, 1, -1, 2},
       {1.5707963267948966, n, n, n, 0, 3.141592653589793, n},
       {-1, n, n, n, -inf, -inf, n}},
      {"atan", atan, {0, inf, -inf, n}, {0, 1.5707963267948966, -1.5707963267948966, n}, {1, 0, 0, n}},
      {"sinh", sinh, {0, inf, -inf, n, 800, -800}, {0, inf, -inf, n, inf, -inf}, {1, inf, inf, n, inf, inf}},
      {"cosh", cosh, {0, inf, -inf, n, 800}, {1, inf, inf, n, inf}, {0, inf, -inf, n, inf}},
      {"asinh", asinh, {0, inf, -inf, n}, {0, inf, -inf, n}, {1, 0, 0, n}},
      {"acosh", acosh, {0, inf, -inf, n, 1, 0.5}, {n, inf, n, n, 0, n}, {n, 0, 0, n, inf, n}},
      {"atanh",
       atanh,
       {0, inf, -inf, n, 1, -1, 2},
       {0, n, n, n, inf, -inf, n},
       {1, 0, 0, n, inf, inf, -0.3333333333333333}},
      {"floor",
       floor,
       {0, inf, -inf, n, 0.5, 1.5, 2.5, -0.5, -1.5, -2},
       {0, inf, -inf, n, 0, 1, 2, -1, -2, -2},
       {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"ceil",
       ceil,
       {0, inf, -inf, n, 0.5, 1.5, 2.5, -0.5, -1.5, -2},
       {0, inf, -inf, n, 1, 2, 3, 0, -1, -2},
       {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"trunc",
       trunc,
       {0, inf, -inf, n, 0.5, 1.5, 2.5, -0.5, -1.5, -2},
       {0, inf, -inf, n, 0, 1, 2, 0, -1, -2},
       {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"round",
       round,
       {0, inf, -inf, n, 0.5, 1.5, 2.5, -0.5, -1.5, -2},
       {0, inf, -inf, n, 0, 2, 2, 0, -2, -2},
       {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"sign", sign, {0, inf, -inf, n, 3, -2}, {0, 1, -1, 0, 1, -1}, {0, 0, 0, 0, 0, 0}},
      {"log2", log2, {0, inf, -inf, n, 8}, {-inf, inf, n, n, 3}, {inf, 0, 0, n, 0.18033688011112042}},
      {"log10", log10, {0, inf, -inf, n, 1000}, {-inf, inf, n, n, 3}, {inf, 0, 0, n, 0.00043429448190325184}},
      {"exp2",
       exp2,
       {0, inf, -inf, n, 10, -2000, 2000},
       {1, inf, 0, n, 1024, 0, inf},
       {0.6931471805599453, inf, 0, n, 709.782712893384, 0, inf}},
      {"erfc",
       erfc,
       {0, inf, -inf, n, 10, -10},
       {1, 0, 2, n, 2.088487583762545e-45, 2},
       {-1.1283791670955126, 0, 0, n, -4.197656231354417e-44, -4.197656231354417e-44}},
      {"erfinv",
       erfinv,
       {0, inf, -inf, n, -1, 1, 1.5, -0.5},
       {0, n, n, n, -inf, inf, n, -0.4769362762044699},
       {0.8862269254527579, n, n, n, inf, inf, n, 1.1125848189719496}},
      {"lgamma",
       lgamma,
       {0, inf, -inf, n, 1, -0.5, 1e+30},
       {inf, inf, inf, n, 0, 1.2655121234846454, 6.807755278982137e+31},
       {-inf, inf, n, n, -0.5772156649015328, 0.03648997397857639, 69.07755278982137}},
      {"digamma",
       digamma,
       {0, inf, -inf, n, 1e+30},
       {-inf, inf, n, n, 69.07755278982137},
       {inf, 0, n, n, 9.999999999999999e-31}},
      {"elu",
       +[](const Tensor& x) { return elu(x); },
       {0, inf, -inf, n, 100, -100},
       {0, inf, -1, n, 100, -1},
       {1, 1, 0, 1, 1, 3.720075976020836e-44}},
      {"elu 0.5",
       +[](const Tensor& x) { return elu(x, 0.5); },
       {0, inf, -inf, n, -1},
       {0, inf, -0.5, n, -0.31606027941427883},
       {0.5, 1, 0, 1, 0.18393972058572117}},
      {"selu",
       selu,
       {0, inf, -inf, n, -1},
       {0, inf, -1.7580993408473766, n, -1.1113307378125625},
       {1.7580993408473766, 1.0507009873554805, 0, 1.0507009873554805, 0.646768603034814}},
      {"celu 2",
       +[](const Tensor& x) { return celu(x, 2); },
       {0, inf, -inf, n, -1, -800, 800},
       {0, inf, -2, n, -0.7869386805747332, -2, 800},
       {1, 1, 0, 1, 0.6065306597126334, 1.9151695967140057e-174, 1}},
      {"mish",
       mish,
       {0, inf, -inf, n, 89, 100, 800, -1000},
       {0, inf, n, n, 89, 100, 800, 0},
       {0.6, n, n, n, 1, 1, 1, 0}},
      {"softsign", softsign, {0, inf, -inf, n, -3, 1e+30}, {0, n, n, n, -0.75, 1}, {1, n, n, n, 0.0625, 0}},
      {"hardtanh",
       +[](const Tensor& x) { return hardtanh(x); },
       {0, inf, -inf, n, -1, 1, -3},
       {0, 1, -1, n, -1, 1, -1},
       {1, 0, 0, 1, 0, 0, 0}},
      {"relu6", relu6, {0, inf, -inf, n, 6, 7, 3}, {0, 6, 0, n, 6, 6, 3}, {0, 0, 0, 1, 0, 0, 1}},
      {"logsigmoid",
       logsigmoid,
       {0, inf, -inf, n, 50, -100, 800, -800},
       {-0.6931471805599453, 0, -inf, n, -1.9287498479639178e-22, -100, 0, -800},
       {0.5, 0, 1, n, 1.9287498479639178e-22, 1, 0, 1}},
      {"hardswish", hardswish, {0, inf, -inf, n, -3, 3, 5}, {0, inf, n, n, 0, 3, 5}, {0.5, 1, 0, 1, 0, 1, 1}},
      // The slope for NaN is 0 or 1 in PyTorch, depending on its place in the tensor.
      {"softshrink",
       +[](const Tensor& x) { return softshrink(x); },
       {0, inf, -inf, n, 0.5, -0.5, 1.5, -1.5},
       {0, inf, -inf, n, 0, 0, 1, -1},
       {0, 1, 1, 1, 0, 0, 1, 1}},
      {"hardshrink",
       +[](const Tensor& x) { return hardshrink(x); },
       {0, inf, -inf, n, 0.5, -0.5, 0.75},
       {0, inf, -inf, n, 0, 0, 0.75},
       {0, 1, 1, 1, 0, 0, 1}},
      {"tanhshrink", tanhshrink, {0, inf, -inf, n, 800}, {0, inf, -inf, n, 799}, {0, 1, 1, n, 1}},
      {"threshold",
       +[](const Tensor& x) { return threshold(x, 0.125, -0.25); },
       {0, inf, -inf, n, 0.125},
       {-0.25, inf, -0.25, n, -0.25},
       {0, 1, 0, 1, 0}},
      {"logit",
       +[](const Tensor& x) { return logit(x); },
       {0, inf, -inf, n, 1, -0.5, 1.5},
       {-inf, n, n, n, inf, n, n},
       {inf, n, n, n, inf, n, n}},
      {"logit .125",
       +[](const Tensor& x) { return logit(x, 0.125); },
       {0, inf, -inf, n, 1, 0.125, 0.875, 0.0625, 0.9375},
       {-1.9459101490553135, 1.9459101490553132, -1.9459101490553135, n, 1.9459101490553132, -1.9459101490553135,
        1.9459101490553132, -1.9459101490553135, 1.9459101490553132},
       {0, 0, 0, n, 0, 9.142857142857142, 9.142857142857142, 0, 0}},
      {"nan_to_num",
       +[](const Tensor& x) { return nan_to_num(x, 1, 2, 3); },
       {0, inf, -inf, n, 5},
       {0, 2, 3, 1, 5},
       {1, 0, 0, 0, 1}},
      {"clamp",
       +[](const Tensor& x) { return clamp(x, -1, 0.5); },
       {0, inf, -inf, n, -1, 0.5},
       {0, 0.5, -1, n, -1, 0.5},
       {1, 0, 0, 0, 1, 1}},
      {"clamp, low above high",
       +[](const Tensor& x) { return clamp(x, 1, -1); },
       {0, inf, -inf, n, -2, 2, 1, -1},
       {-1, -1, -1, n, -1, -1, -1, -1},
       {0, 0, 0, 0, 0, 0, 0, 0}},
      {"clamp, low NaN",
       +[](const Tensor& x) { return clamp(x, n, 1); },
       {0, inf, -inf, n, 2, -2},
       {n, n, n, n, n, n},
       {0, 0, 0, 0, 0, 0}},
      {"clamp, high NaN",
       +[](const Tensor& x) { return clamp(x, 0, n); },
       {0, inf, -inf, n, 2, -2},
       {n, n, n, n, n, n},
       {0, 0, 0, 0, 0, 0}},
      {"gelu_tanh",
       gelu_tanh,
       {0, inf, -inf, n, -1, 5},
       {0, inf, n, n, -0.15880800939172324, 4.999999770820381},
       {0.5, n, n, n, -0.08296408384578252, 1.000001546361988}},
      {"2^x",
       +[](const Tensor& x) { return pow(2, x); },
       {0, inf, -inf, n, 3},
       {1, inf, 0, n, 8},
       {0.6931471805599453, inf, 0, n, 5.545177444479562}},
  };
  for (const Row& row : rows) {
    for (DType dtype : {float64, float32}) {
      INFO(row.what);
      const Tensor x = requires_grad(to(tensor(row.x, {static_cast<std::int64_t>(row.x.size())}), dtype).detach());
      const Tensor y = row.f(x);
      backward(y, ones_like(y));
      check_alike(to_vector<double>(y), row.values, dtype);
      check_alike(to_vector<double>(grad(x)), row.slopes, dtype);
    }
  }
}

TEST_CASE("elementwise functions of two tensors have PyTorch's values and slopes at their edges") {
  struct Row {
    const char* what;
    Tensor (*f)(const Tensor&, const Tensor&);
    std::vector<double> a, b, values, slopes_a, slopes_b;
  };
  const Row rows[] = {
      {"atan2",
       atan2,
       {0, 0, 1, inf, 1, inf, n, 1, -1, 0, -inf, 1, 0, -1},
       {0, 1, 0, 1, inf, inf, 1, n, 0, -1, 1, -inf, -1, -1},
       {0, 0, 1.5707963267948966, 1.5707963267948966, 0, 0.7853981633974483, n, n, -1.5707963267948966,
        3.141592653589793, -1.5707963267948966, 3.141592653589793, 3.141592653589793, -2.356194490192345},
       {0, 1, 0, 0, n, n, n, n, 0, -1, 0, n, -1, -0.5},
       {0, 0, -1, n, 0, n, n, n, 1, 0, n, 0, 0, 0.5}},
      {"hypot",
       hypot,
       {0, 0, 1, inf, 1, inf, n, 1, -1, 0, -inf, 1, 3},
       {0, 1, 0, 1, inf, inf, 1, n, 0, -1, 1, -inf, -4},
       {0, 1, 1, inf, inf, inf, n, n, 1, 1, inf, inf, 5},
       {n, 0, 1, n, 0, n, n, n, -1, 0, n, 0, 0.6},
       {n, 1, 0, 0, n, n, n, n, 0, -1, 0, n, -0.8}},
      {"remainder",
       remainder,
       {0, 0, 1, inf, 1, inf, n, 1, -1, 0, -inf, 1, 5, -5, 5, -5, 6, -1e-20, 5.5, -5.5},
       {0, 1, 0, 1, inf, inf, 1, n, 0, -1, 1, -inf, 3, 3, -3, -3, 3, 3, inf, inf},
       {n, 0, n, n, 1, n, n, n, n, 0, n, -inf, 2, 1, -1, -2, 0, 3, 5.5, inf},
       {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
       {n, 0, -inf, n, 0, n, n, n, inf, 0, n, 1, -1, 2, 2, -1, -2, 1, 0, 1}},
      {"fmod",
       fmod,
       {0, 0, 1, inf, 1, inf, n, 1, -1, 0, -inf, 1, 5, -5, 5, -5, 6, -1e-20, 5.5, -5.5},
       {0, 1, 0, 1, inf, inf, 1, n, 0, -1, 1, -inf, 3, 3, -3, -3, 3, 3, inf, inf},
       {n, 0, n, n, 1, n, n, n, n, 0, n, 1, 2, -2, 2, -2, 0, -1e-20, 5.5, -5.5},
       {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
       {n, 0, -inf, -inf, 0, n, n, n, inf, 0, inf, 0, -1, 1, 1, -1, -2, 0, 0, 0}},
      {"pow",
       +[](const Tensor& a, const Tensor& b) { return pow(a, b); },
       {0, 0, 1, inf, 1, inf, n, 1, -1, 0, -inf, 1, 0, 0, -2, -2, 2, 0, -2},
       {0, 1, 0, 1, inf, inf, 1, n, 0, -1, 1, -inf, 2, 0.5, 2, 0.5, 0, -2, 3},
       {1, 0, 1, inf, 1, inf, n, 1, 1, inf, -inf, 1, 0, 0, 4, n, 1, inf, -8},
       {0, 1, 0, 1, inf, inf, 1, n, 0, -inf, 1, -inf, 0, inf, -4, n, 0, -inf, 12},
       {0, 0, 0, inf, 0, inf, n, 0, n, -inf, n, 0, 0, 0, n, n, 0.6931471805599453, -inf, n}},
      {"maximum",
       maximum,
       {0, 0, 1, inf, 1, inf, n, 1, -1, 0, -inf, 1},
       {0, 1, 0, 1, inf, inf, 1, n, 0, -1, 1, -inf},
       {0, 1, 1, inf, inf, inf, n, n, 0, 0, 1, 1},
       {0.5, 0, 1, 1, 0, 0.5, 1, 1, 0, 1, 0, 1},
       {0.5, 1, 0, 0, 1, 0.5, 1, 1, 1, 0, 1, 0}},
      {"minimum",
       minimum,
       {0, 0, 1, inf, 1, inf, n, 1, -1, 0, -inf, 1},
       {0, 1, 0, 1, inf, inf, 1, n, 0, -1, 1, -inf},
       {0, 0, 0, 1, 1, inf, n, n, -1, -1, -inf, -inf},
       {0.5, 1, 0, 0, 1, 0.5, 1, 1, 1, 0, 1, 0},
       {0.5, 0, 1, 1, 0, 0.5, 1, 1, 0, 1, 0, 1}},

  };
  for (const Row& row : rows) {
    for (DType dtype : {float64, float32}) {
      INFO(row.what);
      const Shape shape{static_cast<std::int64_t>(row.a.size())};
      const Tensor a = requires_grad(to(tensor(row.a, shape), dtype).detach());
      const Tensor b = requires_grad(to(tensor(row.b, shape), dtype).detach());
      const Tensor y = row.f(a, b);
      backward(y, ones_like(y));
      check_alike(to_vector<double>(y), row.values, dtype);
      check_alike(to_vector<double>(grad(a)), row.slopes_a, dtype);
      check_alike(to_vector<double>(grad(b)), row.slopes_b, dtype);
    }
  }
}

TEST_CASE("hardsigmoid has a slope of 0 at its bounds, beyond them and for NaN") {
  const Tensor x = requires_grad(tensor<double>({0, inf, -inf, n, -3, 3}));
  const Tensor y = hardsigmoid(x);
  backward(y, ones_like(y));
  check_alike(to_vector<double>(y), {0.5, 1, 0, n, 0, 1}, float64);
  check_alike(to_vector<double>(grad(x)), {1.0 / 6, 0, 0, 0, 0, 0}, float64);
}

TEST_CASE("clamp by tensors is min(max(x, low), high), NaN where one is, and the bounds take the slopes beyond them") {
  const Shape shape{11};
  const Tensor x = requires_grad(tensor<double>({0, -2, 2, -1, 1, 0, -2, 2, n, 0, 0}, shape));
  const Tensor low = requires_grad(tensor<double>({-1, -1, -1, -1, -1, 1, 1, 1, -1, n, -1}, shape));
  const Tensor high = requires_grad(tensor<double>({1, 1, 1, 1, 1, -1, -1, -1, 1, 1, n}, shape));
  const Tensor y = clamp(x, low, high);
  backward(y, ones_like(y));
  check_alike(to_vector<double>(y), {0, -1, 1, -1, 1, -1, -1, -1, n, n, n}, float64);
  check_alike(to_vector<double>(grad(x)), {1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0}, float64);
  check_alike(to_vector<double>(grad(low)), {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, float64);
  check_alike(to_vector<double>(grad(high)), {0, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0}, float64);
}

TEST_CASE("lerp counts from the nearer end, and infinite ends have the slopes they should") {
  const Shape shape{7};
  const Tensor a = requires_grad(tensor<double>({1, 1, 1, inf, 1, 1, 1}, shape));
  const Tensor b = requires_grad(tensor<double>({3, 3, 3, 3, inf, inf, 3}, shape));
  const Tensor w = requires_grad(tensor<double>({0.25, 0.75, 0.5, 0.25, 0.25, 0, inf}, shape));
  const Tensor y = lerp(a, b, w);
  backward(y, ones_like(y));
  check_alike(to_vector<double>(y), {1.5, 2.5, 2, n, inf, n, inf}, float64);
  check_alike(to_vector<double>(grad(a)), {0.75, 0.25, 0.5, 0.75, 0.75, 1, -inf}, float64);
  check_alike(to_vector<double>(grad(b)), {0.25, 0.75, 0.5, 0.25, 0.25, 0, inf}, float64);
  check_alike(to_vector<double>(grad(w)), {2, 2, 2, -inf, inf, inf, 2}, float64);
}

TEST_CASE("prelu takes one weight, or one for each channel, and its slopes are PyTorch's") {
  const Tensor x = requires_grad(tensor<double>({0, -2, inf, -inf, n, 4}, {1, 2, 3}));
  const Tensor weight = requires_grad(tensor<double>({0.25, 0.5}));
  const Tensor y = prelu(x, weight);
  backward(y, ones_like(y));
  check_alike(to_vector<double>(y), {0, -0.5, inf, -inf, n, 4}, float64);
  check_alike(to_vector<double>(grad(x)), {0.25, 0.25, 1, 0.5, 0.5, 1}, float64);
  CHECK(to_vector<double>(grad(weight))[0] == -2);
  check_alike(to_vector<double>(prelu(tensor<double>({-2, 2}), tensor<double>({0.5}))), {-1, 2}, float64);
}

TEST_CASE("float32 gelu_tanh and mish keep their precision far from 0") {
  CHECK(to_vector<double>(gelu_tanh(tensor<float>({-5})))[0] == Approx(-2.2917962e-7).epsilon(1e-5));
  CHECK(to_vector<double>(mish(tensor<float>({-20})))[0] == Approx(-4.1223072e-8).epsilon(1e-5));
}

TEST_CASE("whole numbers have the functions that keep them whole") {
  const Tensor x = tensor<std::int64_t>({-7, 0, 7}), three = full({}, 3, int64);
  using Numbers = std::vector<std::int64_t>;
  for (Tensor (*f)(const Tensor&) :
       {+[](const Tensor& x) { return floor(x); }, +[](const Tensor& x) { return ceil(x); },
        +[](const Tensor& x) { return trunc(x); }, +[](const Tensor& x) { return round(x); }}) {
    CHECK(to_vector<std::int64_t>(f(x)) == Numbers{-7, 0, 7});
  }
  CHECK(to_vector<std::int64_t>(sign(x)) == Numbers{-1, 0, 1});
  CHECK(to_vector<std::int64_t>(remainder(x, three)) == Numbers{2, 0, 1});
  CHECK(to_vector<std::int64_t>(fmod(x, three)) == Numbers{-1, 0, 1});
  CHECK(to_vector<std::int64_t>(remainder(x, -three)) == Numbers{-1, 0, -2});
  CHECK(to_vector<std::int64_t>(maximum(x, three)) == Numbers{3, 3, 7});
  CHECK(to_vector<std::int64_t>(minimum(x, three)) == Numbers{-7, 0, 3});
  // Divisions that a processor traps on.
  const Tensor smallest = tensor<std::int64_t>({std::numeric_limits<std::int64_t>::min()});
  CHECK(item(remainder(smallest, full({}, -1, int64))) == 0);
  CHECK(item(fmod(smallest, full({}, 0, int64))) == 0);
}

TEST_CASE("isnan, isinf and isfinite tell numbers apart, whole ones too") {
  using Truths = std::vector<double>;
  for (DType dtype : {float64, float32, float16, bfloat16}) {
    const Tensor x = to(tensor<double>({0, inf, -inf, n, 1.5}), dtype);
    CHECK(isnan(x).dtype() == boolean);
    CHECK(to_vector<double>(isnan(x)) == Truths{false, false, false, true, false});
    CHECK(to_vector<double>(isinf(x)) == Truths{false, true, true, false, false});
    CHECK(to_vector<double>(isfinite(x)) == Truths{true, false, false, false, true});
  }
  const Tensor whole = tensor<std::int64_t>({0, 1});
  CHECK(to_vector<double>(isnan(whole)) == Truths{false, false});
  CHECK(to_vector<double>(isinf(whole)) == Truths{false, false});
  CHECK(to_vector<double>(isfinite(whole)) == Truths{true, true});
}

TEST_CASE("nan_to_num puts the dtype's largest numbers for infinities") {
  for (auto [dtype, largest] : {std::pair(float64, 1.7976931348623157e308), std::pair(float32, 3.4028234663852886e38),
                                std::pair(float16, 65504.0), std::pair(bfloat16, 3.3895313892515355e38)}) {
    const Tensor x = to(tensor<double>({n, inf, -inf, 2}), dtype);
    CHECK(to_vector<double>(nan_to_num(x)) == std::vector<double>{0, largest, -largest, 2});
  }
}

TEST_CASE("elementwise functions refuse arguments that make no sense") {
  const Tensor x = ones({2, 3});
  CHECK_THROWS_WITH(celu(x, 0), ContainsSubstring("celu: alpha is 0"));
  CHECK_THROWS_WITH(hardtanh(x, 1, -1),
                    ContainsSubstring("hardtanh: max_val is -1") && ContainsSubstring("at least 1"));
  CHECK_THROWS_WITH(softshrink(x, -1), ContainsSubstring("softshrink: lambd is -1"));
  CHECK_THROWS_WITH(prelu(x, ones({2})), ContainsSubstring("prelu") && ContainsSubstring("3 channels"));
  CHECK_THROWS_WITH(prelu(x, ones({3}, float64)), ContainsSubstring("prelu") && ContainsSubstring("float64"));
  CHECK_THROWS_WITH(prelu(x, Tensor()), ContainsSubstring("prelu"));
  CHECK_THROWS_WITH(glu(x), ContainsSubstring("glu") && ContainsSubstring("odd"));
  CHECK_THROWS_WITH(glu(ones({})), ContainsSubstring("glu"));
  CHECK_THROWS_WITH(glu(x, 2), ContainsSubstring("glu"));
  CHECK_THROWS_WITH(lerp(Tensor(), x, 0.5), ContainsSubstring("lerp"));
  CHECK_THROWS_WITH(clamp(Tensor(), x, x), ContainsSubstring("clamp"));
  CHECK_THROWS_WITH(clamp(Tensor(), Tensor(), Tensor()), ContainsSubstring("clamp"));
  CHECK_THROWS_WITH(nan_to_num(Tensor()), ContainsSubstring("nan_to_num"));
  CHECK_THROWS_WITH(pow(2, Tensor()), ContainsSubstring("pow"));
  CHECK_THROWS_WITH(isnan(Tensor()), ContainsSubstring("isnan"));
  CHECK_THROWS_WITH(mish(arange(3)), ContainsSubstring("mish") && ContainsSubstring("int64"));
}

TEST_CASE("a function of floating numbers refuses whole ones even where there are none") {
  CHECK_THROWS_WITH(sin(empty({0, 3}, int64)), ContainsSubstring("sin: works on floating tensors, not on int64"));
}

TEST_CASE("logaddexp neither overflows nor loses infinities, and has a half as both slopes of equal numbers") {
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor a = requires_grad(tensor({-inf, inf, -inf, 800, 0, -900}, float64));
  const Tensor b = requires_grad(tensor({-inf, inf, 1, 1, 0, -900}, float64));
  const Tensor y = logaddexp(a, b);
  const std::vector<double> values = to_vector<double>(y);
  CHECK(values[0] == -inf);
  CHECK(values[1] == inf);
  CHECK(values[2] == 1);
  CHECK(values[3] == 800);
  CHECK(values[4] == Approx(std::log(2.0)));
  CHECK(values[5] == Approx(-900 + std::log(2.0)));
  const Tensor slope = grad(y[4], a, {.create_graph = true});
  CHECK(to_vector<double>(slope)[4] == 0.5);
  CHECK(to_vector<double>(grad(slope[4], a))[4] == 0.25);
}
