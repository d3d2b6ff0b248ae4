#include <cmath>
#include <limits>

#include "../../catch.h"
#include "but_elementwise.h"
#include "ops/elementwise/abs.h"
#include "ops/elementwise/clamp.h"
#include "ops/elementwise/cos.h"
#include "ops/elementwise/div_no_nan.h"
#include "ops/elementwise/erf.h"
#include "ops/elementwise/exp.h"
#include "ops/elementwise/expm1.h"
#include "ops/elementwise/gelu.h"
#include "ops/elementwise/gelu_tanh.h"
#include "ops/elementwise/leaky_relu.h"
#include "ops/elementwise/log.h"
#include "ops/elementwise/log1p.h"
#include "ops/elementwise/maximum.h"
#include "ops/elementwise/minimum.h"
#include "ops/elementwise/pow.h"
#include "ops/elementwise/reciprocal.h"
#include "ops/elementwise/relu.h"
#include "ops/elementwise/rsqrt.h"
#include "ops/elementwise/sigmoid.h"
#include "ops/elementwise/silu.h"
#include "ops/elementwise/sin.h"
#include "ops/elementwise/softplus.h"
#include "ops/elementwise/sqrt.h"
#include "ops/elementwise/square.h"
#include "ops/elementwise/tanh.h"

using namespace adora;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan_value = std::nan("");

/// Equal, or both NaN, or within rounding of the type; a zero's sign counts for nothing.
bool alike(double a, double b, double tolerance) {
  if (std::isnan(b)) return std::isnan(a);
  return a == b || std::abs(a - b) <= tolerance * std::abs(b);
}

/// Values and slopes of `f` at 0, inf, -inf and NaN, in both types of arithmetic.
void check_edges(const char* what, Tensor (*f)(const Tensor&), std::vector<double> values, std::vector<double> slopes) {
  for (DType dtype : {float64, float32}) {
    Tensor x = requires_grad(to(tensor<double>({0, inf, -inf, nan_value}), dtype).detach());
    Tensor y = f(x);
    backward(y, ones_like(y));
    auto got = to_vector<double>(y), slope = to_vector<double>(grad(x));
    double tolerance = dtype == float64 ? 1e-14 : 1e-6;
    for (std::size_t i = 0; i < 4; ++i) {
      INFO(what << " in " << name(dtype) << ", case " << i << ": " << got[i] << " with slope " << slope[i]);
      CHECK(alike(got[i], values[i], tolerance));
      CHECK(alike(slope[i], slopes[i], tolerance));
    }
  }
}

}  // namespace

TEST_CASE("values and slopes at 0, at infinity and of NaN are PyTorch's") {
  // Computed by PyTorch 2.13 in float64.
  double n = nan_value;
  check_edges("exp", exp, {1, inf, 0, n}, {1, inf, 0, n});
  check_edges("log", log, {-inf, inf, n, n}, {inf, 0, 0, n});
  check_edges("log1p", log1p, {0, inf, n, n}, {1, 0, 0, n});
  check_edges("expm1", expm1, {0, inf, -1, n}, {1, inf, 0, n});
  check_edges("sqrt", sqrt, {0, inf, n, n}, {inf, 0, n, n});
  check_edges("rsqrt", rsqrt, {inf, 0, n, n}, {-inf, 0, n, n});
  check_edges("abs", abs, {0, inf, inf, n}, {0, 1, -1, 0});
  check_edges("sin", sin, {0, n, n, n}, {1, n, n, n});
  check_edges("cos", cos, {1, n, n, n}, {0, n, n, n});
  check_edges("tanh", tanh, {0, 1, -1, n}, {1, 0, 0, n});
  check_edges("erf", erf, {0, 1, -1, n}, {1.1283791670955126, 0, 0, n});
  check_edges("sigmoid", sigmoid, {0.5, 1, 0, n}, {0.25, 0, 0, n});
  check_edges("relu", relu, {0, inf, 0, n}, {0, 1, 0, 1});
  check_edges("silu", silu, {0, inf, n, n}, {0.5, n, n, n});
  check_edges("gelu", gelu, {0, inf, n, n}, {0.5, n, n, n});
  check_edges("gelu_tanh", gelu_tanh, {0, inf, n, n}, {0.5, n, n, n});
  check_edges("softplus", softplus, {0.6931471805599453, inf, 0, n}, {0.5, 1, 0, n});
  check_edges("square", square, {0, inf, inf, n}, {0, inf, -inf, n});
  check_edges("reciprocal", reciprocal, {inf, 0, 0, n}, {-inf, 0, 0, n});
  check_edges("leaky_relu", +[](const Tensor& x) { return leaky_relu(x); }, {0, inf, -inf, n}, {0.01, 1, 0.01, 0.01});
  check_edges("x⁰", +[](const Tensor& x) { return pow(x, 0); }, {1, 1, 1, 1}, {0, 0, 0, 0});
  check_edges("x¹", +[](const Tensor& x) { return pow(x, 1); }, {0, inf, -inf, n}, {1, 1, 1, 1});
  check_edges("x²", +[](const Tensor& x) { return pow(x, 2); }, {0, inf, inf, n}, {0, inf, -inf, n});
  check_edges("x³", +[](const Tensor& x) { return pow(x, 3); }, {0, inf, -inf, n}, {0, inf, inf, n});
  check_edges("1/x", +[](const Tensor& x) { return pow(x, -1); }, {inf, 0, 0, n}, {-inf, 0, 0, n});
}

TEST_CASE("clamp has the slope 1 at its bounds and 0 beyond them") {
  Tensor x = requires_grad(tensor<double>({-inf, -1.5, -1, 0.25, 0.5, 0.75, inf}));
  Tensor y = clamp(x, -1, 0.5);
  backward(y, ones({7}, float64));
  CHECK(to_vector<double>(y) == std::vector<double>{-1, -1, -1, 0.25, 0.5, 0.5, 0.5});
  CHECK(to_vector<double>(grad(x)) == std::vector<double>{0, 0, 1, 1, 1, 0, 0});
}

TEST_CASE("div_no_nan gives 0 for every division by 0, and no gradient there") {
  Tensor a = requires_grad(tensor<double>({6, 0, -3, inf})), b = requires_grad(tensor<double>({2, 0, 0, 0}));
  Tensor y = div_no_nan(a, b);
  backward(y, ones({4}, float64));
  CHECK(to_vector<double>(y) == std::vector<double>{3, 0, 0, 0});
  CHECK(to_vector<double>(grad(a)) == std::vector<double>{0.5, 0, 0, 0});
  CHECK(to_vector<double>(grad(b)) == std::vector<double>{-1.5, 0, 0, 0});
}

TEST_CASE("equal numbers share the gradient of maximum and minimum, and NaN passes through") {
  for (bool larger : {true, false}) {
    Tensor a = requires_grad(tensor<double>({1, 2, inf, nan_value, 3}));
    Tensor b = requires_grad(tensor<double>({2, 2, inf, 0, nan_value}));
    Tensor y = larger ? maximum(a, b) : minimum(a, b);
    backward(y, tensor<double>({1, 1, 1, 1, 1}));
    auto values = to_vector<double>(y), da = to_vector<double>(grad(a)), db = to_vector<double>(grad(b));
    CHECK(values[0] == (larger ? 2 : 1));
    CHECK(values[1] == 2);
    CHECK(values[2] == inf);
    CHECK(std::isnan(values[3]));
    CHECK(std::isnan(values[4]));
    CHECK(da[0] == (larger ? 0 : 1));
    CHECK(db[0] == (larger ? 1 : 0));
    CHECK((da[1] == 0.5 && db[1] == 0.5));
    CHECK((da[2] == 0.5 && db[2] == 0.5));
  }
}

TEST_CASE("the float32 functions of this library are within 3 units in the last place of the C library's in double") {
  struct Case {
    const char* what;
    Tensor (*op)(const Tensor&);
    double (*reference)(double);
  };
  std::vector<float> values;
  Generator generator(1);
  for (int i = 0; i < 20000; ++i) {
    float size = std::ldexp(1.0f, static_cast<int>(generator.below(60)) - 50);
    values.push_back((static_cast<float>(generator.uniform()) - 0.5f) * size);
    values.push_back((static_cast<float>(generator.uniform()) - 0.5f) * 200);
  }
  std::int64_t count = static_cast<std::int64_t>(values.size());
  for (const Case& c : {Case{"exp", exp, std::exp}, Case{"log", log, std::log}, Case{"log1p", log1p, std::log1p},
                        Case{"expm1", expm1, std::expm1}, Case{"erf", erf, std::erf}, Case{"tanh", tanh, std::tanh}}) {
    auto got = to_vector<double>(c.op(tensor(values, {count})));
    double worst = 0;
    float at = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      double expected = c.reference(static_cast<double>(values[i]));
      if (std::isnan(expected) && std::isnan(got[i])) continue;
      if (std::isinf(static_cast<float>(expected)) && got[i] == expected) continue;
      if (static_cast<float>(expected) == got[i]) continue;
      double unit = std::ldexp(1.0, std::max(std::ilogb(expected) - 23, -149));
      double off = std::abs(got[i] - expected) / unit;
      if (!(off <= worst)) worst = off, at = values[i];
    }
    INFO(c.what << " is off by " << worst << " at " << at);
    CHECK(worst <= 3);
  }
}

TEST_CASE("softplus and log1p keep their precision where the plain formula loses it") {
  auto values = to_vector<double>(softplus(tensor<double>({-40, 40, 1000})));
  CHECK(values[0] == Approx(std::exp(-40.0)).epsilon(1e-12));
  CHECK(values[1] == 40 + std::exp(-40.0));
  CHECK(values[2] == 1000);
  CHECK(to_vector<double>(log1p(tensor<float>({1e-10f})))[0] == Approx(1e-10).epsilon(1e-6));
  CHECK(to_vector<double>(expm1(tensor<float>({-1e-12f})))[0] == Approx(-1e-12).epsilon(1e-6));
}

TEST_CASE("an elementwise function of whole numbers is refused where it makes no sense") {
  CHECK_THROWS_WITH(exp(arange(3)), ContainsSubstring("exp") && ContainsSubstring("int64"));
  CHECK(to_vector<std::int64_t>(arange(3) + arange(3)) == std::vector<std::int64_t>{0, 2, 4});
}

TEST_CASE("inputs of two dtypes, or shapes that don't broadcast, are refused with both") {
  CHECK_THROWS_WITH(maximum(ones({2}), ones({2}, float64)), ContainsSubstring("maximum") &&
                                                                ContainsSubstring("float32 [2]") &&
                                                                ContainsSubstring("float64 [2]"));
  CHECK_THROWS_WITH(maximum(ones({2}), ones({3})), ContainsSubstring("maximum") && ContainsSubstring("[3]"));
}

TEST_CASE("half types are computed in float32 and rounded once") {
  for (DType dtype : {bfloat16, float16}) {
    Tensor x = to(tensor<float>({0.1f, -3.0f, 7.0f}), dtype);
    auto inputs = to_vector<double>(x), got = to_vector<double>(silu(x));
    for (std::size_t i = 0; i < 3; ++i) {
      double exact = inputs[i] / (1 + std::exp(-inputs[i]));
      CHECK(got[i] == Approx(exact).epsilon(dtype == bfloat16 ? 0x1p-8 : 0x1p-11));
    }
  }
}

TEST_CASE("an elementwise gradient flows through transposed, sliced and stretched inputs alike") {
  Tensor x = tensor<double>(std::vector<double>{1, 2, 3, 4, 5, 6}, {2, 3});
  Tensor wide = requires_grad(x.detach()), row = requires_grad(tensor<double>({1, 2}));
  Tensor y = log(transpose(wide)) * row;
  backward(sum(y));
  auto values = to_vector<double>(y);
  CHECK(values[5] == Approx(2 * std::log(6.0)));
  CHECK(to_vector<double>(grad(wide))[1] == Approx(1.0 / 2));
  CHECK(to_vector<double>(grad(wide))[5] == Approx(2.0 / 6));
  CHECK(to_vector<double>(grad(row))[0] == Approx(std::log(1.0) + std::log(2.0) + std::log(3.0)));
}
