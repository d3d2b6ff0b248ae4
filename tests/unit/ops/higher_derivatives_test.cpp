// Derivatives of elementwise functions beyond the second. The numbers are PyTorch's (2.13, float64):
// `torch.autograd.grad` with create_graph=True, again and again.
#include <cmath>
#include <limits>

#include "../../catch.h"
#include "but_elementwise.h"
#include "ops/attention.h"
#include "ops/elementwise/acos.h"
#include "ops/elementwise/acosh.h"
#include "ops/elementwise/asin.h"
#include "ops/elementwise/asinh.h"
#include "ops/elementwise/atan.h"
#include "ops/elementwise/atan2.h"
#include "ops/elementwise/atanh.h"
#include "ops/elementwise/clamp.h"
#include "ops/elementwise/cos.h"
#include "ops/elementwise/cosh.h"
#include "ops/elementwise/digamma.h"
#include "ops/elementwise/elu.h"
#include "ops/elementwise/erf.h"
#include "ops/elementwise/erfc.h"
#include "ops/elementwise/erfinv.h"
#include "ops/elementwise/exp.h"
#include "ops/elementwise/exp2.h"
#include "ops/elementwise/expm1.h"
#include "ops/elementwise/gelu.h"
#include "ops/elementwise/gelu_tanh.h"
#include "ops/elementwise/hypot.h"
#include "ops/elementwise/lgamma.h"
#include "ops/elementwise/log.h"
#include "ops/elementwise/log1p.h"
#include "ops/elementwise/log2.h"
#include "ops/elementwise/logit.h"
#include "ops/elementwise/logsigmoid.h"
#include "ops/elementwise/maximum.h"
#include "ops/elementwise/mish.h"
#include "ops/elementwise/pow.h"
#include "ops/elementwise/pow_tensors.h"
#include "ops/elementwise/reciprocal.h"
#include "ops/elementwise/relu.h"
#include "ops/elementwise/rsqrt.h"
#include "ops/elementwise/sigmoid.h"
#include "ops/elementwise/silu.h"
#include "ops/elementwise/sin.h"
#include "ops/elementwise/sinh.h"
#include "ops/elementwise/softplus.h"
#include "ops/elementwise/softsign.h"
#include "ops/elementwise/sqrt.h"
#include "ops/elementwise/square.h"
#include "ops/elementwise/tan.h"
#include "ops/elementwise/tanh.h"

using namespace adora;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

Tensor scalar(double x, DType dtype = float64) { return requires_grad(full({}, x, dtype)); }

/// A derivative of `y`, `times` more often.
Tensor differentiated(Tensor y, const Tensor& x, int times) {
  for (int i = 0; i < times; ++i) y = gradients({y}, {x}, {.create_graph = true})[0];
  return y;
}

void check_close(double found, double expected, double tolerance) {
  INFO(fmt::format("{:.17g} instead of {:.17g}", found, expected));
  CHECK(std::abs(found - expected) <= tolerance * std::max(1.0, std::abs(expected)));
}

}  // namespace

TEST_CASE("third, fourth and sixth derivatives of elementwise functions are PyTorch's") {
  struct Row {
    const char* what;
    Tensor (*f)(const Tensor&);
    double x, derivatives[3];
  };
  const Row rows[] = {

  };
  for (const Row& row : rows) {
    INFO(row.what);
    const Tensor x = scalar(row.x);
    Tensor y = differentiated(row.f(x), x, 3);
    check_close(item(y), row.derivatives[0], 1e-11);
    y = differentiated(y, x, 1);
    check_close(item(y), row.derivatives[1], 1e-11);
    check_close(item(differentiated(y, x, 2)), row.derivatives[2], 1e-10);
    // In float32 they are computed in float64 from the third or fourth on.
    const Tensor z = scalar(row.x, float32);
    check_close(item(differentiated(row.f(z), z, 4)), row.derivatives[1], 2e-5);
  }
}

TEST_CASE("mixed derivatives of functions of two arguments are PyTorch's, in whichever order they are taken") {
  struct Row {
    const char* what;
    Tensor (*f)(const Tensor&, const Tensor&);
    double a, b;
    struct {
      int a, b;
      double value;
    } derivatives[7];
  };
  const Row rows[] = {
      {"pow",
       +[](const Tensor& a, const Tensor& b) { return pow(a, b); },
       1.3,
       2.4,
       {{3, 0, 1.1482415479887143},
        {2, 1, 5.199558200769909},
        {1, 2, 0.9961559326343192},
        {0, 3, 0.033898313314570154},
        {2, 2, 4.692779689735637},
        {3, 1, 4.470467931747144},
        {3, 3, 11.656357332721862}}},
      {"div",
       div,
       0.7,
       -1.6,
       {{3, 0, 0.0},
        {2, 1, 0.0},
        {1, 2, -0.48828125},
        {0, 3, -0.6408691406249998},
        {2, 2, 0.0},
        {3, 1, 0.0},
        {3, 3, 0.0}}},
      {"atan2",
       atan2,
       0.8,
       -0.5,
       {{3, 0, -2.3688984905719255},
        {2, 1, 0.24965636786865808},
        {1, 2, 2.368898490571925},
        {0, 3, -0.24965636786865808},
        {2, 2, -5.967271714123184},
        {3, 1, -4.665756200834456},
        {3, 3, 166.48055269849726}}},
      {"maximum",
       +[](const Tensor& a, const Tensor& b) { return pow(maximum(a, b), 3); },
       0.3,
       0.2,
       {{3, 0, 6.0}, {2, 1, 0.0}, {1, 2, 0.0}, {0, 3, 0.0}, {2, 2, 0.0}, {3, 1, 0.0}, {3, 3, 0.0}}},
      {"hypot",
       hypot,
       0.9,
       -0.4,
       {{3, 0, -0.4661808304152657},
        {2, 1, -0.630207418894711},
        {1, 2, -0.475892931048917},
        {0, 3, 1.0489068684343477},
        {2, 2, -0.06919732639325504},
        {3, 1, 1.3697065635912442},
        {3, 3, -19.95897320121942}}},
  };
  for (const Row& row : rows) {
    for (const auto& derivative : row.derivatives) {
      INFO(row.what << ", " << derivative.a << " times by the first, " << derivative.b << " by the second");
      const Tensor a = scalar(row.a), b = scalar(row.b), y = row.f(a, b);
      auto zero_if_unused = [](Tensor y, const Tensor& x, int times) {
        for (int i = 0; i < times; ++i) {
          if (grad_required(y)) y = gradients({y}, {x}, {.create_graph = true, .allow_unused = true})[0];
          else y = Tensor();
          if (!y.defined()) return zeros({}, float64);
        }
        return y;
      };
      const double in_turn = item(zero_if_unused(zero_if_unused(y, a, derivative.a), b, derivative.b));
      check_close(in_turn, derivative.value, 1e-11);
      check_close(item(zero_if_unused(zero_if_unused(y, b, derivative.b), a, derivative.a)), derivative.value, 1e-11);
    }
  }
}

TEST_CASE("a fit to a differential equation has gradients: those of second derivatives of tanh") {
  const Tensor a = scalar(0.7), x = scalar(0.3), u = tanh(a * x);
  const Tensor u_x = gradients({u}, {x}, {.create_graph = true})[0];
  const Tensor u_xx = gradients({u_x}, {x}, {.create_graph = true})[0];
  backward(sum(square(u_xx)));
  check_close(item(grad(a)), 0.310594197578686, 1e-14);
}

TEST_CASE("powers of 0 have the derivatives that PyTorch's have, of any order") {
  struct Row {
    const char* what;
    Tensor (*f)(const Tensor&);
    double second, third;
  };
  for (DType dtype : {float64, float32}) {
    for (const Row& row :
         {Row{"1/x", reciprocal, inf, -inf}, Row{"x^-1", +[](const Tensor& x) { return pow(x, -1); }, inf, -inf},
          Row{"x^½", +[](const Tensor& x) { return pow(x, 0.5); }, -inf, inf}, Row{"√x", sqrt, -inf, inf},
          Row{"1/√x", rsqrt, inf, -inf}, Row{"log x", log, -inf, inf},
          Row{"x^1.5", +[](const Tensor& x) { return pow(x, 1.5); }, inf, -inf},
          Row{"x³", +[](const Tensor& x) { return pow(x, 3); }, 0, 6},
          Row{"x²", +[](const Tensor& x) { return pow(x, 2); }, 2, 0},
          Row{"x¹", +[](const Tensor& x) { return pow(x, 1); }, 0, 0},
          Row{"x⁰", +[](const Tensor& x) { return pow(x, 0); }, 0, 0}}) {
      INFO(row.what << " in " << name(dtype));
      const Tensor x = scalar(0, dtype), second = differentiated(row.f(x), x, 2);
      CHECK(item(second) == row.second);
      CHECK(item(differentiated(second, x, 1)) == row.third);
    }
  }
}

TEST_CASE("functions that are flat at infinity have derivatives of 0 there, and eˣ those it should") {
  for (Tensor (*f)(const Tensor&) : std::initializer_list<Tensor (*)(const Tensor&)>{tanh, sigmoid, softplus}) {
    const Tensor x = scalar(inf);
    for (int times : {2, 3, 4}) CHECK(item(differentiated(f(x), x, times)) == 0);
  }
  for (int times : {1, 2, 3, 4}) {
    const Tensor x = scalar(inf), y = scalar(-inf);
    CHECK(item(differentiated(exp(x), x, times)) == inf);
    CHECK(item(differentiated(exp(y), y, times)) == 0);
  }
}

TEST_CASE("higher derivatives flow through broadcasts and views") {
  const Tensor x = requires_grad(tensor<double>({0.5, 1, 1.5, 2, 2.5, 3}, {2, 3})),
               y = requires_grad(tensor<double>({2.0, 3.0}));
  // Σ xᵢⱼ^yⱼ of x transposed: its third derivative by x, y·(y - 1)·(y - 2)·x^(y - 3).
  Tensor d = pow(transpose(x), y);
  for (int i = 0; i < 3; ++i) d = gradients({d}, {x}, {.create_graph = true, .gradients = {ones_like(d)}})[0];
  CHECK(d.shape() == Shape{2, 3});
  const std::vector<double> third = to_vector<double>(d);
  for (int i = 0; i < 3; ++i) CHECK(third[static_cast<std::size_t>(i)] == 0);
  for (int i = 3; i < 6; ++i) CHECK(third[static_cast<std::size_t>(i)] == Approx(6));
  // And by y, in which it is summed over x's rows.
  const Tensor by_y = gradients({d}, {y}, {.gradients = {ones_like(d)}})[0];
  CHECK(by_y.shape() == Shape{2});
  // d/dy of y·(y - 1)·(y - 2)·x^(y - 3) at y = 2: 2/x; at 3: 11 + 6·log x.
  const std::vector<double> found = to_vector<double>(by_y);
  CHECK(found[0] == Approx(2 / 0.5 + 2 / 1.0 + 2 / 1.5));
  CHECK(found[1] == Approx(33 + 6 * std::log(2 * 2.5 * 3)));
}

TEST_CASE("more terms than there is room for are an error that says so") {
  const Tensor x = scalar(0.5);
  CHECK(item(differentiated(exp(x), x, 35)) == Approx(std::exp(0.5)));
  CHECK_THROWS_WITH(differentiated(exp(x), x, 36), ContainsSubstring("exp") && ContainsSubstring("37 terms"));
  const Tensor a = scalar(1.5), b = scalar(0.5);
  CHECK_NOTHROW(differentiated(differentiated(pow(a, b), a, 5), b, 5));
  CHECK_THROWS_WITH(differentiated(differentiated(pow(a, b), a, 6), b, 5),
                    ContainsSubstring("pow") && ContainsSubstring("42 terms"));
}

TEST_CASE("attention from ordinary operations has third derivatives") {
  Generator generator(3);
  auto drawn = [&] { return uniform({1, 1, 2, 2}, -1, 1, generator, float64); };
  const Tensors inputs{drawn(), drawn(), drawn()};
  auto gradient = [](Tensors in) {
    const GradMode recorded(true);  // also where differences are taken
    for (Tensor& x : in) x = grad_required(x) ? x : requires_grad(x.detach());
    const Tensor y = attention_composed(in[0], in[1], in[2], {.causal = true});
    const Tensors all = gradients({y}, in, {.create_graph = true, .gradients = {ones_like(y)}});
    return square(all[0]) + square(all[1]) + all[2];
  };
  CHECK(gradgradcheck(gradient, inputs, {.layouts = {InputLayout::contiguous}}));
}
