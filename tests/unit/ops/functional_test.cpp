#include "../../numeric.h"
#include "../../refused.h"

using namespace adora;

namespace {

using Numbers = std::vector<double>;

Tensor numbers(const Numbers& values) {
  return tensor(values, {static_cast<std::int64_t>(values.size())}, default_device());
}
Numbers values(const Tensor& x) { return to_vector<double>(x); }

/// y0 = x0·x1, y1 = x1³, of which everything is known.
Tensor known(const Tensor& x) {
  const Tensor a = select(x, 0, 0), b = select(x, 0, 1);
  return stack({a * b, b * b * b});
}

}  // namespace

TEST_CASE("jacobian gives the derivative of every element by every element") {
  const Tensor x = numbers({3, 2});
  const Tensor J = jacobian(known, x);
  CHECK(J.shape() == Shape{2, 2});
  CHECK(values(J) == Numbers{2, 3, 0, 12});
  CHECK(is_leaf(J));
  CHECK(!grad(x).defined());
  const Tensor of_matrix = jacobian([](const Tensor& m) { return sum(m, {0}); }, zeros({3, 2}, float64));
  CHECK(of_matrix.shape() == Shape{2, 3, 2});
  CHECK(values(of_matrix) == Numbers{1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1});
  CHECK(jacobian([](const Tensor& y) { return y * 2; }, zeros({0}, float64)).shape() == Shape{0, 0});
  CHECK(jacobian([](const Tensor& y) { return slice(y, 0, 0, 0); }, x).shape() == Shape{0, 2});
}

TEST_CASE(
    "jacobians of several arguments and results come by result, then by argument, with zeros where none depends") {
  const Tensor a = numbers({1, 2}), b = numbers({3});
  const std::vector<Tensors> J = jacobian(
      [](const Tensors& in) {
        return Tensors{in[0] * in[1], in[1] * in[1], ones({}, float64, in[0].device())};
      },
      {a, b});
  CHECK(values(J[0][0]) == Numbers{3, 0, 0, 3});
  CHECK(values(J[0][1]) == Numbers{1, 2});
  CHECK(J[1][0].shape() == Shape{1, 2});
  CHECK(values(J[1][0]) == Numbers{0, 0});
  CHECK(values(J[1][1]) == Numbers{6});
  CHECK(values(J[2][0]) == Numbers{0, 0});
}

TEST_CASE("hessian gives second derivatives, in blocks for several arguments, and zeros of a linear function") {
  auto f = [](const Tensor& x) { return sum(known(x)); };
  CHECK(values(hessian(f, numbers({3, 2}))) == Numbers{0, 1, 1, 12});
  CHECK(values(hessian([](const Tensor& x) { return sum(x); }, numbers({3, 2}))) == Numbers(4, 0));
  CHECK(values(hessian([](const Tensor& x) { return ones({1}, float64, x.device()); }, numbers({3, 2}))) ==
        Numbers(4, 0));
  const std::vector<Tensors> H =
      hessian([](const Tensors& in) { return sum(in[0] * in[0]) * sum(in[1]); }, {numbers({1, 2}), numbers({3})});
  CHECK(values(H[0][0]) == Numbers{6, 0, 0, 6});
  CHECK(values(H[0][1]) == Numbers{2, 4});
  CHECK(values(H[1][0]) == Numbers{2, 4});
  CHECK(values(H[1][1]) == Numbers{0});
}

TEST_CASE("products with the derivative agree with the derivative itself") {
  const Tensor x = numbers({3, 2});
  const OutputAndProduct back = vjp(known, x, numbers({10, 1}));
  CHECK(values(back.output) == Numbers{6, 8});
  CHECK(values(back.product) == Numbers{20, 42});
  const OutputAndProduct forth = jvp(known, x, numbers({10, 1}));
  CHECK(values(forth.output) == Numbers{6, 8});
  CHECK(values(forth.product) == Numbers{23, 12});
  const OutputAndProduct second = hvp([](const Tensor& y) { return sum(known(y)); }, x, numbers({10, 1}));
  CHECK(item(second.output) == 14);
  CHECK(values(second.product) == Numbers{1, 22});
  for (const Tensor& result : {back.output, back.product, forth.output, forth.product, second.output, second.product})
    CHECK(is_leaf(result));
  // A vector that may be left out.
  CHECK(values(vjp([](const Tensor& y) { return sum(y * y); }, x).product) == Numbers{6, 4});
  CHECK(values(jvp([](const Tensor& y) { return y * y; }, numbers({3})).product) == Numbers{6});
  // Of what does not depend on x, and of a linear function.
  auto constant = [](const Tensor& y) { return ones({2}, float64, y.device()); };
  CHECK(values(vjp(constant, x, numbers({1, 1})).product) == Numbers{0, 0});
  CHECK(values(jvp(constant, x, numbers({1, 1})).product) == Numbers{0, 0});
  CHECK(values(jvp([](const Tensor& y) { return y * 3; }, x, numbers({1, 2})).product) == Numbers{3, 6});
  CHECK(values(hvp([](const Tensor& y) { return sum(y); }, x, numbers({1, 1})).product) == Numbers{0, 0});
}

TEST_CASE("products of several arguments and results") {
  auto f = [](const Tensors& in) { return Tensors{in[0] * in[1], sum(in[0])}; };
  const Tensors inputs{numbers({1, 2}), numbers({3, 4})};
  const OutputsAndProducts back = vjp(f, inputs, {numbers({1, 10}), {}});
  CHECK(item(back.outputs[1]) == 3);
  CHECK(values(back.products[0]) == Numbers{4, 41});
  CHECK(values(back.products[1]) == Numbers{1, 20});
  const OutputsAndProducts forth = jvp(f, inputs, {numbers({1, 10}), numbers({100, 0})});
  CHECK(values(forth.products[0]) == Numbers{103, 40});
  CHECK(values(forth.products[1]) == Numbers{11});
  const OutputAndProducts second =
      hvp([](const Tensors& in) { return sum(in[0] * in[0] * in[1]); }, inputs, {numbers({1, 0}), numbers({0, 1})});
  CHECK(values(second.products[0]) == Numbers{6, 4});
  CHECK(values(second.products[1]) == Numbers{2, 0});
}

TEST_CASE("fused ops have derivatives of their derivatives: a hessian through a softmax") {
  Generator g(1);
  const Tensor x = uniform({4}, -1, 1, g, float64), w = uniform({4}, -1, 1, g, float64),
               v = uniform({4}, -1, 1, g, float64);
  auto f = [=](const Tensor& y) { return sum(softmax(y) * w); };
  const Tensor H = hessian(f, x);
  // The Hessian's rows as central differences of the gradient.
  const Tensor moved = clone(x);
  for (std::int64_t i = 0; i < 4; ++i) {
    const double before = values(x)[static_cast<std::size_t>(i)];
    set(moved, i, before + 1e-6);
    const Numbers above = values(vjp(f, moved).product);
    set(moved, i, before - 1e-6);
    Numbers row = values(vjp(f, moved).product);
    for (std::size_t k = 0; k < 4; ++k) row[k] = (above[k] - row[k]) / 2e-6;
    set(moved, i, before);
    CHECK(close(values(select(H, 0, i)), row, 1e-7, 0.1));
  }
  CHECK(close(values(hvp(f, x, v).product), values(matmul(H, v)), 1e-12, 0.1));
}

TEST_CASE("with create_graph derivatives flow on, to the arguments and to what the function uses") {
  const Tensor x = requires_grad(numbers({3, 2})), w = requires_grad(numbers({5, 7}));
  auto f = [=](const Tensor& y) { return y * y * w; };
  backward(sum(jacobian(f, x, true)));  // 2·x·w on the diagonal
  CHECK(values(grad(x)) == Numbers{10, 14});
  CHECK(values(grad(w)) == Numbers{6, 4});
  CHECK(is_leaf(jacobian(f, x)));
  clear_grad(x), clear_grad(w);
  // Of an argument that wants no gradient what the function uses still gets one.
  backward(sum(vjp(f, x.detach(), ones({2}, float64), true).product));
  CHECK(values(grad(w)) == Numbers{6, 4});
  clear_grad(w);
  backward(sum(jvp(f, x, ones({2}, float64), true).product));
  CHECK(values(grad(x)) == Numbers{10, 14});
  clear_grad(x), clear_grad(w);
  backward(sum(hvp([&](const Tensor& y) { return sum(f(y) * y); }, x, ones({2}, float64), true).product));  // 6·x·w
  CHECK(values(grad(x)) == Numbers{30, 42});
  NoGrad no_grad;
  CHECK(is_leaf(jacobian(f, x, true)));
}

TEST_CASE("derivatives are taken under NoGrad too, and leave nothing in a parameter that the function uses") {
  const Tensor w = requires_grad(numbers({5, 7}));
  NoGrad no_grad;
  CHECK(values(jacobian([&](const Tensor& x) { return x * w; }, numbers({1, 1}))) == Numbers{5, 0, 0, 7});
  CHECK(!grad(w).defined());
  CHECK(!grad_enabled());
}

TEST_CASE("vmap calls a function of one example for each of a batch, and is recorded") {
  const Tensor x = requires_grad(reshape(arange(6, float64), {3, 2}));
  auto norm_of = vmap([](const Tensor& row) { return sum(row * row); });
  const Tensor y = norm_of(x);
  CHECK(values(y) == Numbers{1, 13, 41});
  backward(sum(y));
  CHECK(values(grad(x)) == Numbers{0, 2, 4, 6, 8, 10});
  auto product = vmap([](const Tensors& in) { return in[0] * in[1]; });
  CHECK(values(product({x, numbers({1, 10, 100})})) == Numbers{0, 1, 20, 30, 400, 500});
  // Of each example's gradient.
  auto slopes = vmap([](const Tensor& row) { return jacobian([](const Tensor& r) { return sum(r * r * r); }, row); });
  CHECK(values(slopes(x.detach())) == Numbers{0, 3, 12, 27, 48, 75});
}

TEST_CASE("functional derivatives refuse what has none") {
  const Tensor x = numbers({3, 2}), none;
  auto same = [](const Tensor& y) { return y * 1; };
  auto total = [](const Tensor& y) { return sum(y); };
  auto several = [](const Tensors& in) { return in; };
  check_refused({
      {"jacobian: the function is empty", [=] { jacobian(OneToOne(), x); }},
      {"jacobian", [=] { jacobian(same, none); }},
      {"jacobian", [=] { jacobian(same, arange(2)); }},
      {"jacobian", [=] { jacobian([=](const Tensor&) { return none; }, x); }},
      {"jacobian", [=] { jacobian([=](const Tensor&) { return arange(2); }, x); }},
      {"jacobian",
       [=] {
         jacobian(same, zeros({1, 1, 1, 1, 1}));
       }},
      {"hessian", [=] { hessian(same, x); }},
      {"hessian", [=] { hessian(OneToOne(), x); }},
      {"hvp", [=] { hvp(same, x, x); }},
      {"hvp", [=] { hvp(total, x, none); }},
      {"hvp", [=] { hvp(total, x, numbers({1})); }},
      {"vjp", [=] { vjp(same, x); }},
      {"vjp", [=] { vjp(same, x, ones({2})); }},
      {"vjp: there are 1 vectors",
       [=] {
         vjp(several, {x, x}, {x});
       }},
      {"jvp", [=] { jvp(same, x); }},
      {"jvp", [=] { jvp(same, x, numbers({1})); }},
      {"vmap: the function is empty", [] { vmap(OneToOne()); }},
      {"vmap", [=] { vmap(OneToOne(same))(numbers({})); }},
      {"vmap", [=] { vmap(OneToOne(same))(none); }},
      {"vmap",
       [=] {
         vmap([](const Tensors& in) { return in[0]; })({x, numbers({1})});
       }},
      {"vmap", [=] { vmap([](const Tensors& in) { return in[0]; })({}); }},
  });
}
