// A module as a function of its weights.
#include "../../../nn/functional_call.h"

#include "../../../autograd/backward.h"
#include "../../../autograd/variable.h"
#include "../../../nn/layers/linear.h"
#include "../../../nn/layers/sequential.h"
#include "../../catch.h"
#include "ops/creation.h"
#include "ops/elementwise/relu.h"
#include "ops/matmul.h"
#include "ops/operators.h"
#include "ops/reduce.h"

using namespace adora;

namespace {

// Two products with one weight, which has two names, and a list of weights.
struct Tied : Module {
  explicit Tied(Generator& generator) : a(2, 2, generator, {.bias = false}), b(2, 2, generator, {.bias = false}) {
    b.weight = a.weight;
    more = {requires_grad(ones({2}))};
    child("a", a), child("b", b), parameters("more", more);
  }
  Tensor operator()(const Tensor& x, double factor = 1) const {
    if (factor == 0) throw Error("no factor");
    return b(a(x)) * more[0] * factor;
  }
  Linear a, b;
  std::vector<Tensor> more;
};

std::vector<double> numbers(const Tensor& x) { return to_vector<double>(x); }

}  // namespace

TEST_CASE("functional_call computes with other weights and leaves the module its own") {
  Generator generator(1);
  Sequential net(Linear(2, 3, generator), relu, Linear(3, 1, generator));
  const Tensors own = net.parameters();
  Tensors others;
  for (const Tensor& x : own) others.push_back(normal(x.shape(), 0, 1, generator));
  const Tensor x = normal({4, 2}, 0, 1, generator), before = net(x);
  const Tensor y = functional_call(net, others, x);
  CHECK(numbers(y) == numbers(linear(relu(linear(x, others[0], others[1])), others[2], others[3])));
  CHECK(numbers(net(x)) == numbers(before));
  const Tensors after = net.parameters();
  for (std::size_t i = 0; i < own.size(); ++i) CHECK(after[i].is(own[i]));
}

TEST_CASE("gradients flow through functional_call to what the weights were computed from") {
  Generator generator(2);
  Linear net(2, 1, generator, {.bias = false});
  const Tensor x = normal({3, 2}, 0, 1, generator);
  const Tensor loss = sum(functional_call(net, {net.weight * net.weight}, x));
  const std::vector<double> slope = numbers(gradients({loss}, {net.weight})[0]);
  const std::vector<double> expected = numbers(2 * net.weight * sum(x, {0}));
  for (std::size_t i = 0; i < 2; ++i) CHECK(slope[i] == Approx(expected[i]));
}

TEST_CASE("functional_call replaces a tied weight in every place, and a list's") {
  Generator generator(3);
  Tied net(generator);
  REQUIRE(net.parameters().size() == 2);
  const Tensor w = normal({2, 2}, 0, 1, generator), m = normal({2}, 0, 1, generator),
               x = normal({1, 2}, 0, 1, generator);
  const auto order = net.named_parameters();
  const Tensors given = order[0].name == "more.0" ? Tensors{m, w} : Tensors{w, m};
  CHECK(numbers(functional_call(net, given, x)) == numbers(linear(linear(x, w), w) * m));
  const std::vector<double> before = numbers(net(x));
  CHECK_THROWS_WITH(functional_call(net, given, x, 0.0), ContainsSubstring("no factor"));
  CHECK(numbers(net(x)) == before);
}

TEST_CASE("the module has its own weights again after an exception, and what doesn't fit is refused") {
  Generator generator(4);
  Linear net(2, 1, generator);
  const Tensor weight = net.weight, other = zeros({1, 2}), bias = zeros({1});
  CHECK_THROWS_AS(functional_call(net, {other, bias}, zeros({3, 5})), Error);
  CHECK(net.weight.is(weight));
  const Tensor x = zeros({3, 2});
  CHECK_THROWS_WITH(functional_call(net, {other}, x), ContainsSubstring("1 tensors were given for the 2 parameters"));
  CHECK_THROWS_WITH(functional_call(net, {zeros({2, 1}), bias}, x), ContainsSubstring("'weight'"));
  CHECK_THROWS_WITH(functional_call(net, {other, Tensor()}, x), ContainsSubstring("'bias' is undefined"));
  CHECK_THROWS_WITH(functional_call(net, {to(other, float64), bias}, x), ContainsSubstring("float64"));
  CHECK(net.weight.is(weight));
}
