#include "../../drawn.h"
#include "../../numeric.h"
#include "../../refused.h"
#include "ops/elementwise/sin.h"

using namespace adora;

namespace {

using Numbers = std::vector<double>;

/// Three numbers of two, and their derivatives by hand.
Tensor curved(const Tensor& x) {
  const Tensor a = select(x, 0, 0), b = select(x, 0, 1);
  return stack({a * b, a * a * 3, sin(b)});
}

/// a²·b + b³ of {a, b}: second derivatives 2b, 2a and 6b.
Tensor cubic(const Tensors& in) { return in[0] * in[0] * in[1] + in[1] * in[1] * in[1]; }

}  // namespace

TEST_CASE("a Jacobian has every derivative, a row for each number of the result") {
  const Tensor x = tensor<double>({2, 5});
  const Tensor j = jacobian(curved, x);
  CHECK(j.shape() == Shape{3, 2});
  CHECK(close(to_vector<double>(j), {5, 2, 12, 0, 0, std::cos(5.)}, 1e-14));
  CHECK_FALSE(grad_required(j));
  CHECK_FALSE(grad_required(x));
  // Of shapes, and of nothing.
  const Tensor m = zeros({2, 3}, float64);
  CHECK(jacobian([](const Tensor& a) { return transpose(a); }, m).shape() == Shape{3, 2, 2, 3});
  CHECK(jacobian([](const Tensor& a) { return sum(a); }, m).shape() == Shape{2, 3});
  CHECK(jacobian([](const Tensor& a) { return a; }, zeros({0}, float64)).shape() == Shape{0, 0});
}

TEST_CASE("a Jacobian of several inputs has zeros for what the result does not depend on, or is an error") {
  Generator g(1);
  const Tensor w = sample_tensor(g, {3, 2}), x = sample_tensor(g, {2}), unused = zeros({4}, float64);
  auto f = [](const Tensors& in) { return matmul(in[0], in[1]); };
  const Tensors j = jacobian(f, {w, x, unused});
  CHECK(close(to_vector<double>(j[1]), to_vector<double>(w), 1e-15));
  CHECK(j[0].shape() == Shape{3, 3, 2});
  CHECK(j[2].shape() == Shape{3, 4});
  CHECK(to_vector<double>(j[2]) == Numbers(12, 0));
  check_refused({{"jacobian: the result does not depend on input 2", [&] {
                    jacobian(f, {w, x, unused}, {.strict = true});
                  }}});
  CHECK(to_vector<double>(jacobian([](const Tensor&) { return ones({2}, float64); }, x)) == Numbers(4, 0));
}

TEST_CASE("a Hessian has every second derivative") {
  const Tensor x = tensor<double>({2, 5});
  auto f = [](const Tensor& v) { return cubic({select(v, 0, 0), select(v, 0, 1)}); };
  CHECK(close(to_vector<double>(hessian(f, x)), {10, 4, 4, 30}, 1e-14));
  const std::vector<Tensors> blocks = hessian(cubic, {full({}, 2, float64), full({}, 5, float64)});
  CHECK(item(blocks[0][0]) == 10);
  CHECK(item(blocks[0][1]) == 4);
  CHECK(item(blocks[1][0]) == 4);
  CHECK(item(blocks[1][1]) == 30);
  // Of a linear function.
  CHECK(to_vector<double>(hessian([](const Tensor& v) { return sum(v); }, x)) == Numbers(4, 0));
}

TEST_CASE("products with a Jacobian or a Hessian are those of the whole one") {
  const Tensor x = tensor<double>({2, 5}), v = tensor<double>({0.5, -1}), u = tensor<double>({1, 2, -3});
  const Tensor j = jacobian(curved, x);
  const OutputAndProduct back = vjp(curved, x, u), forth = jvp(curved, x, v);
  CHECK(to_vector<double>(back.output) == to_vector<double>(curved(x)));
  CHECK(close(to_vector<double>(back.product), to_vector<double>(matmul(u, j)), 1e-14));
  CHECK(close(to_vector<double>(forth.product), to_vector<double>(matmul(j, v)), 1e-14));
  auto f = [](const Tensor& y) { return sum(curved(y)); };
  CHECK(close(to_vector<double>(hvp(f, x, v).product), to_vector<double>(matmul(hessian(f, x), v)), 1e-14));
  CHECK(close(to_vector<double>(vjp(f, x).product), to_vector<double>(sum(j, {0})), 1e-14));
  // Of several inputs.
  const Tensors in{full({}, 2, float64), full({}, 5, float64)}, by{full({}, 0.5, float64), full({}, -1, float64)};
  CHECK(item(jvp(cubic, in, by).product) == Approx(20 * 0.5 - (4 + 75)).epsilon(1e-14));
  const OutputAndProducts second = hvp(cubic, in, by);
  CHECK(item(second.products[0]) == Approx(10 * 0.5 - 4).epsilon(1e-14));
  CHECK(item(second.products[1]) == Approx(4 * 0.5 - 30).epsilon(1e-14));
}

TEST_CASE("derivatives are recorded where that is asked for") {
  const Tensor x = requires_grad(tensor<double>({2, 5}));
  auto f = [](const Tensor& v) { return sum(v * v * v); };
  const FunctionalOptions recorded{.create_graph = true};
  for (const auto& [y, expected] : {std::pair{sum(jacobian(f, x, recorded)), Numbers{12, 30}},
                                    {sum(hessian(f, x, recorded)), Numbers{6, 6}},
                                    {sum(vjp(f, x, {}, recorded).product), Numbers{12, 30}},
                                    {jvp(f, x, ones({2}, float64), recorded).product, Numbers{12, 30}},
                                    {sum(hvp(f, x, ones({2}, float64), recorded).product), Numbers{6, 6}}}) {
    CHECK(close(to_vector<double>(gradients({y}, {x})[0]), expected, 1e-14));
  }
  CHECK_FALSE(grad(x).defined());
  CHECK_FALSE(grad_required(jacobian(f, x)));
  CHECK_FALSE(grad_required(vjp(f, x).output));
  NoGrad no_grad;  // they record what they need themselves
  CHECK(close(to_vector<double>(jacobian(f, x)), {12, 75}, 1e-14));
  CHECK(close(to_vector<double>(hvp(f, x, ones({2}, float64)).product), {12, 30}, 1e-14));
}

TEST_CASE("derivatives of nonsense are refused") {
  const Tensor x = zeros({3}, float64), whole = zeros({3}, int64), none;
  const UnaryFunction same = [](const Tensor&y) { return y; }, empty;
  check_refused({
      {"jacobian: there is no function", [=] { jacobian(empty, x); }},
      {"jacobian", [=] { jacobian(same, none); }},
      {"jacobian: only floating inputs", [=] { jacobian(same, whole); }},
      {"jacobian: the function gives int64", [=] { jacobian([](const Tensor& y) { return to(y, int64); }, x); }},
      {"jacobian: the function gives an undefined tensor",
       [=] { jacobian([](const Tensor&) { return Tensor(); }, x); }},
      {"jacobian: there are no inputs", [] { jacobian([](const Tensors&) { return zeros({1}); }, Tensors{}); }},
      {"more than 8 dimensions",
       [=] {
         jacobian(same, zeros({1, 1, 1, 1, 1}));
       }},
      {"hessian: the function gives float64 [3]", [=] { hessian(same, x); }},
      {"hvp: the function gives float64 [3]", [=] { hvp(same, x, x); }},
      {"vjp: the function gives float64 [3]", [=] { vjp(same, x); }},
      {"vjp: v", [=] { vjp(same, x, zeros({2}, float64)); }},
      {"jvp: v", [=] { jvp(same, x, zeros({3})); }},
      {"jvp: v is undefined", [=] { jvp(same, x, none); }},
      {"jvp: there are 1 tensors v for 2 inputs",
       [=] {
         jvp([](const Tensors& in) { return in[0]; }, Tensors{x, x}, Tensors{x});
       }},
  });
}
