// What optimizers are given: tensors with and without names, modules, groups.
#include "../../../catch.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

struct Pair : Module {
  explicit Pair(Generator& g) : body(2, 3, g), head(3, 1, g) { child("body", body), child("head", head); }
  Tensor operator()(const Tensor& x) const { return head(body(x)); }
  Linear body, head;
};

std::vector<std::string> names(const Optimizer& optimizer) {
  std::vector<std::string> result;
  for (const auto& [name, x] : optimizer.parameters()) result.push_back(name);
  return result;
}

}  // namespace

TEST_CASE("an optimizer takes a module, its parameters without names, or with them") {
  Generator g(1);
  Pair pair(g);
  const std::vector<std::string> all{"body.weight", "body.bias", "head.weight", "head.bias"};
  CHECK(names(AdamW(pair)) == all);
  CHECK(names(AdamW(pair.named_parameters(), {.lr = 0.1})) == all);
  CHECK(names(SGD(pair.parameters(), {.lr = 0.1})) == std::vector<std::string>{"0", "1", "2", "3"});
  pair.body.requires_grad(false);
  CHECK(names(Adam(pair)) == std::vector<std::string>{"head.weight", "head.bias"});
  CHECK_THROWS_WITH(Adam(pair.parameters()),
                    ContainsSubstring("0 (float32 [3, 2]") && ContainsSubstring("requires_grad"));
}

TEST_CASE("the parameters of two modules whose names are the same are an error that says so") {
  Generator g(1);
  Linear one(2, 2, g), two(2, 2, g);
  std::vector<NamedTensor> both = one.named_parameters();
  for (const NamedTensor& more : two.named_parameters()) both.push_back(more);
  CHECK_THROWS_WITH(AdamW(both), ContainsSubstring("the name 'weight'") && ContainsSubstring("one module"));
  Tensors unnamed = one.parameters();
  for (const Tensor& more : two.parameters()) unnamed.push_back(more);
  CHECK(AdamW(unnamed).parameters().size() == 4);
}

TEST_CASE("groups have rates and decays of their own, and a schedule scales them all") {
  Generator g(1);
  const auto trained = [](Pair& pair, Optimizer& optimizer) {
    for (int i = 0; i < 3; ++i) {
      optimizer.set_lr(0.1 / (i + 1));
      optimizer.zero_grad();
      backward(sum(pair(ones({4, 2}, float64))));
      optimizer.step();
    }
  };
  Generator a(1), b(1);
  Pair grouped(a), plain(b);
  grouped.to(float64), plain.to(float64);
  AdamW groups({{grouped.body.trainable_parameters(), 0.025, 0.0},
                {{{"out", grouped.head.weight}}},
                {{{"b", grouped.head.bias}}, {}, 0.5}},
               {.lr = 0.1, .weight_decay = 0.25});
  CHECK(names(groups) == std::vector<std::string>{"weight", "bias", "out", "b"});
  AdamW single(plain, {.lr = 0.1, .weight_decay = 0.25});
  single.scale_lr(0.25, [](const std::string& name) { return name.starts_with("body"); });
  single.set_weight_decay(0, [](const std::string& name) { return name.starts_with("body"); });
  single.set_weight_decay(0.5, [](const std::string& name) { return name == "head.bias"; });
  trained(grouped, groups), trained(plain, single);
  for (const auto& [name, x] : plain.state_dict())
    CHECK(to_vector<double>(x) == to_vector<double>(grouped.state_dict().at(name)));
  Tensor x = requires_grad(zeros({2}));
  CHECK_THROWS_WITH(SGD({{{{"x", x}}, -0.1}}), ContainsSubstring("a group's lr"));
  CHECK_THROWS_WITH(SGD({{{{"x", x}}, {}, -0.1}}), ContainsSubstring("a group's weight_decay"));
  CHECK_THROWS_WITH(SGD({{{{"x", x}}, 0.1}}, {.lr = 0}), ContainsSubstring("lr 0"));
  CHECK_THROWS_WITH(single.set_weight_decay(-1, [](const std::string&) { return true; }),
                    ContainsSubstring("weight_decay"));
  CHECK_THROWS_WITH(single.set_weight_decay(1, {}), ContainsSubstring("set_weight_decay"));
}
