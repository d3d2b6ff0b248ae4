#include "../../catch.h"
#include "but_elementwise.h"
#include "ops/elementwise/exp.h"

using namespace adora;

namespace {

/// Bytes that tensors hold. No freed block is left that one of another size could get.
std::size_t bytes_now() {
  allocator(default_device()).drop_cache();
  return memory_stats().current;
}

/// eˣ whose gradient is its own output.
Tensor exp_by_output(const Tensor& x) {
  Tensor y = exp(x.detach());
  return record("exp_by_output", y, input(x, {{"y", y}}, [](const Tensor& g, const Tensor& y) { return g * y; }));
}

}  // namespace

TEST_CASE("a tensor that backward needs and that was changed in place is an error that names the op") {
  Tensor x = requires_grad(tensor<double>({1, 2})), w = tensor<double>({3, 4});
  SECTION("an input") {
    Tensor y = x * w;
    fill_(w, 0);
    CHECK_THROWS_WITH(backward(y, ones({2}, float64)),
                      ContainsSubstring("mul") && ContainsSubstring("changed in place"));
  }
  SECTION("through a view of it") {
    Tensor y = x * w;
    fill_(slice(w, 0, 0, 1), 0);
    CHECK_THROWS_WITH(backward(y, ones({2}, float64)), ContainsSubstring("changed in place"));
  }
  SECTION("an output") {
    Tensor y = exp_by_output(x);
    fill_(y.detach(), 0);
    CHECK_THROWS_WITH(backward(y, ones({2}, float64)), ContainsSubstring("exp_by_output"));
  }
  SECTION("a parameter that an optimizer moved") {
    Tensor y = x * x;
    {
      NoGrad no_grad;
      copy_(x, tensor<double>({5, 5}));
    }
    CHECK_THROWS_WITH(backward(y, ones({2}, float64)), ContainsSubstring("changed in place"));
  }
  SECTION("one that backward does not need may change") {
    Tensor y = w + x;
    fill_(w, 0);
    CHECK_NOTHROW(backward(y, ones({2}, float64)));
  }
}

TEST_CASE("a tensor that wants a gradient is not changed in place while operations are recorded") {
  Tensor x = requires_grad(tensor<double>({1, 2}));
  CHECK_THROWS_WITH(fill_(x, 0), ContainsSubstring("NoGrad"));
}

TEST_CASE("second derivatives flow through a saved output") {
  Tensor x = requires_grad(tensor<double>({0.5, 1}));
  Tensor y = exp_by_output(x);
  for (int order = 1; order <= 3; ++order) {
    y = gradients({y}, {x}, {.create_graph = true, .gradients = {ones({2}, float64)}})[0];
    CHECK(to_vector<double>(y)[0] == Approx(std::exp(0.5)));
    CHECK(to_vector<double>(y)[1] == Approx(std::exp(1.0)));
  }
}

TEST_CASE("a saved output does not keep itself alive") {
  const std::size_t before = bytes_now();
  {
    Tensor x = requires_grad(full({1000}, 1, float64));
    Tensor y = exp_by_output(exp_by_output(x));
    gradients({y}, {x}, {.create_graph = true, .gradients = {ones({1000}, float64)}});
    CHECK(memory_stats().current > before);
  }
  CHECK(memory_stats().current == before);
}

TEST_CASE("a saved tensor with the numbers of the output is not taken for it") {
  Tensor x = requires_grad(tensor<double>({2}));
  Tensor y = tensor<double>({14});
  // A view of all its numbers: another tensor.
  y = record("product", y, input(x, {{"view", y.with_layout(y.layout())}}, [](const Tensor& g, const Tensor& view) {
               return g * view * 0.5;
             }));
  Tensor g = gradients({y}, {x}, {.create_graph = true})[0];
  CHECK(item(g) == 7);
  CHECK_FALSE(grad_required(g));
}

TEST_CASE("an undefined tensor can be saved") {
  const Saved nothing({"nothing", Tensor()});
  CHECK_FALSE(nothing.defined());
  CHECK_FALSE((*nothing).defined());
}

TEST_CASE("what an operation saved is listed in its node, each tensor once, and freed by backward") {
  Tensor a = requires_grad(full({2, 3}, 1, float64)), b = requires_grad(full({3}, 2));
  b = to(b, float64);
  auto names = [](const Node& node) {
    std::vector<std::string> result;
    for (const Saved& saved : node.saved) result.push_back(fmt::format("{} {}", saved.name(), describe(saved.kept())));
    return result;
  };
  Tensor y = a / b;
  const std::shared_ptr<Node> node = autograd_meta(y)->node;
  CHECK(names(*node) ==
        std::vector<std::string>{"b " + fmt::format("{}", describe(b)), "y " + fmt::format("{}", describe(y))});
  // Only what the input that wants a gradient needs.
  CHECK(names(*autograd_meta(a.detach() * b)->node) == std::vector<std::string>{"a " + fmt::format("{}", describe(a))});
  backward(sum(y));
  CHECK(node->saved.empty());
}

TEST_CASE("a gradient function that asks for a tensor that was not saved is told the name") {
  Tensor x = requires_grad(tensor<double>({1})), y = tensor<double>({2});
  record_joint("forgetful", {y}, {x}, {{"x", x}},
               [](const Tensors&, const SavedTensors& saved) { return Tensors{saved["y"]}; });
  CHECK_THROWS_WITH(backward(y), ContainsSubstring("forgetful") && ContainsSubstring("'y'"));
}

TEST_CASE(
    "a fused operation's gradient is its kernel's, and its composed one where gradients of gradients are asked for") {
  int fused = 0, composed = 0;
  auto cube = [&](const Tensor& x) {
    Tensor y = x.detach() * x.detach() * x.detach();
    auto gradient = [&](const Tensors& g, const SavedTensors& saved) {
      ++fused;
      const Tensor x = saved["x"].detach();
      return Tensors{g[0].detach() * x * x * 3};
    };
    auto recorded = [&](const Tensors& g, const SavedTensors& saved) {
      ++composed;
      return gradients_through([](const Tensors& in) { return Tensors{in[0] * in[0] * in[0]}; }, {saved["x"]}, g);
    };
    record_fused("cube", {y}, {x}, {{"x", x}}, gradient, recorded);
    return y;
  };
  Tensor x = requires_grad(tensor<double>({2}));
  CHECK(item(gradients({cube(x)}, {x})[0]) == 12);
  CHECK((fused == 1 && composed == 0));
  Tensor d = cube(x);
  for (double expected : {12.0, 12.0, 6.0}) {
    d = gradients({d}, {x}, {.create_graph = true})[0];
    CHECK(item(d) == expected);
  }
  CHECK((fused == 1 && composed == 1));
}

TEST_CASE("gradients through a function are told apart where one tensor is several of its inputs") {
  Tensor x = requires_grad(tensor<double>({3})), none = tensor<double>({5});
  auto f = [](const Tensors& in) { return Tensors{in[0] * in[0] * in[1] * in[2], in[1] * 1.0}; };
  const Tensors g = gradients_through(f, {x, x, none}, {tensor<double>({1}), Tensor()});
  CHECK(item(g[0]) == 2 * 3 * 3 * 5);
  CHECK(item(g[1]) == 3 * 3 * 5);
  CHECK_FALSE(g[2].defined());
  CHECK(item(gradients({g[0] + g[1]}, {x})[0]) == 5 * (4 * 3 + 2 * 3));
}

TEST_CASE("gradients through a function are there in a pass that is not recorded too") {
  Tensor x = requires_grad(tensor<double>({3})), y = tensor<double>({9});
  record_joint("own", {y}, {x}, {{"x", x}}, [](const Tensors& g, const SavedTensors& saved) {
    return gradients_through([](const Tensors& in) { return Tensors{in[0] * in[0]}; }, {saved["x"]}, g);
  });
  const Tensor d = gradients({y}, {x}, {.retain_graph = true})[0];
  CHECK(item(d) == 6);
  CHECK_FALSE(grad_required(d));
  CHECK(item(gradients({gradients({y}, {x}, {.create_graph = true})[0]}, {x})[0]) == 2);
}
