#include "../../catch.h"
#include "but_elementwise.h"

using namespace adora;
using Numbers = std::vector<double>;

TEST_CASE("a hook on an inner tensor sees its whole gradient and may replace it") {
  Tensor x = requires_grad(tensor<double>({2, 3}));
  Tensor inner = x * 1.0;
  Numbers seen;
  add_hook(inner, [&](const Tensor& g) {
    seen = to_vector<double>(g);
    return g * 10.0;
  });
  backward(sum_to(inner * 2.0 + inner * 3.0, {}));
  CHECK(seen == Numbers{5, 5});
  CHECK(to_vector<double>(grad(x)) == Numbers{50, 50});
}

TEST_CASE("a hook that returns nothing only looks") {
  Tensor x = requires_grad(tensor<double>({2}));
  int calls = 0;
  add_hook(x, [&](const Tensor&) {
    ++calls;
    return Tensor();
  });
  backward(x * x + x);
  CHECK(calls == 1);
  CHECK(to_vector<double>(grad(x)) == Numbers{5});
}

TEST_CASE("hooks run in the order in which they were added") {
  Tensor x = requires_grad(tensor<double>({1}));
  add_hook(x, [](const Tensor& g) { return g + 1.0; });
  add_hook(x, [](const Tensor& g) { return g * 10.0; });
  backward(x * 2.0);
  CHECK(to_vector<double>(grad(x)) == Numbers{30});
}

TEST_CASE("what a hook returns must have the shape of its own tensor") {
  Tensor x = requires_grad(tensor<double>({1}));
  Tensor a = tensor<double>({1, 2, 3}), b = tensor<double>({1, 2});
  record_joint("two outputs", {a, b}, {x},
               [](const Tensors& g) { return Tensors{g[1].defined() ? sum_to(g[1], {1}) : tensor<double>({0})}; });
  SECTION("one of the second output's shape is taken") {
    add_hook(b, [](const Tensor& g) { return g * 2.0; });
    backward(sum_to(b, {}));
    CHECK(to_vector<double>(grad(x)) == Numbers{4});
  }
  SECTION("one of the first output's shape is refused") {
    add_hook(b, [](const Tensor&) { return tensor<double>({1, 2, 3}); });
    CHECK_THROWS_WITH(backward(sum_to(b, {})),
                      ContainsSubstring("a hook") && ContainsSubstring("two outputs") && ContainsSubstring("[2]"));
  }
}

TEST_CASE("a hook may add another while it runs") {
  Tensor x = requires_grad(tensor<double>({1}));
  int later = 0;
  add_hook(x, [&](const Tensor&) {
    for (int i = 0; i < 100; ++i) {
      add_hook(x, [&later](const Tensor&) {
        ++later;
        return Tensor();
      });
    }
    return Tensor();
  });
  backward(x * 2.0);
  CHECK(later == 100);
}

TEST_CASE("a hook needs a tensor that gradients flow to") {
  CHECK_THROWS_WITH(add_hook(tensor<double>({1}), [](const Tensor& g) { return g; }),
                    ContainsSubstring("requires_grad"));
}

TEST_CASE("hooks of tensors that a checkpoint or a fused operation uses run once") {
  const Tensor w = requires_grad(tensor<double>({2}));
  int calls = 0;
  auto gradient_of = [&](auto f, bool computed, bool create_graph) {
    Tensor x = requires_grad(tensor<double>({3})), y = computed ? x * 1.0 : x;
    add_hook(y, [&](const Tensor& g) {
      ++calls;
      return g * 2.0;
    });
    return item(gradients({sum(f(y))}, {x}, {.create_graph = create_graph})[0]);
  };
  auto plain = [&](const Tensor& x) { return x * x * w; };
  auto checkpointed = [&](const Tensor& x) {
    return checkpoint(std::function<Tensor(const Tensors&)>([&](const Tensors& in) { return plain(in[0]); }), {x});
  };
  auto fused = [&](const Tensor& x) { return rms_norm(x, w, 1); };
  const double expected = gradient_of(fused, false, false);
  for (bool computed : {false, true}) {
    for (bool create_graph : {false, true}) {
      calls = 0;
      CHECK(gradient_of(plain, computed, create_graph) == 24);
      CHECK(gradient_of(checkpointed, computed, create_graph) == 24);
      CHECK(gradient_of(fused, computed, create_graph) == Approx(expected));
      CHECK(calls == 3);
    }
  }
}
