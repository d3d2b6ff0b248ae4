#include "../../catch.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

struct Tower : Module {
  explicit Tower(Generator& g) : left(3, 2, g), right(2, 2, g, {.bias = false}) {
    child("left", left);
    child("right", right);
    running = zeros({2});
    buffer("running", running);
  }
  Linear left, right;
  Tensor running;
};

std::vector<std::string> names(const std::vector<NamedTensor>& parameters) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : parameters) result.push_back(name);
  return result;
}

std::string message(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("parameters are listed by their dotted names in the order of registration") {
  Generator g(1);
  Tower tower(g);
  CHECK(names(tower.named_parameters()) == std::vector<std::string>{"left.weight", "left.bias", "right.weight"});
  CHECK(tower.state_dict().contains("running"));
  CHECK(grad_required(tower.left.weight));
  CHECK_FALSE(grad_required(tower.running));
}

TEST_CASE("a missing, a surplus and a mis-shaped key are errors that name it and change nothing") {
  Generator g(1);
  Tower tower(g);
  StateDict state;
  for (auto& [name, x] : tower.state_dict()) state[name] = full(x.shape(), 7);
  auto before = to_vector<double>(tower.left.weight);
  StateDict missing = state, surplus = state, shaped = state;
  missing.erase("right.weight");
  surplus["left.gain"] = zeros({1});
  shaped["left.bias"] = zeros({3});
  CHECK(message([&] { tower.load_state_dict(missing); }).find("right.weight") != std::string::npos);
  CHECK(message([&] { tower.load_state_dict(surplus); }).find("left.gain") != std::string::npos);
  CHECK(message([&] { tower.load_state_dict(shaped); }).find("left.bias has shape [3] and must have [2]") !=
        std::string::npos);
  CHECK(to_vector<double>(tower.left.weight) == before);
  tower.load_state_dict(state);
  CHECK(to_vector<double>(tower.left.weight) == std::vector<double>(6, 7.0));
}

TEST_CASE("a module on the shape-only device holds no memory and gets some by loading") {
  Generator g(1);
  Tower real(g);
  std::size_t before = memory_stats().current;
  struct Large : Module {
    explicit Large(Generator& g) : wide(1 << 20, 1 << 20, g, {.device = meta}) { child("wide", wide); }
    Linear wide;
  } large(g);
  CHECK(memory_stats().current == before);
  CHECK(large.wide.weight.numel() == std::int64_t{1} << 40);
  Linear shape_only(3, 2, g, {.device = meta});
  shape_only.load_state_dict(real.left.state_dict());
  CHECK(to_vector<double>(shape_only.weight) == to_vector<double>(real.left.weight));
  CHECK(shape_only.weight.storage() != real.left.weight.storage());
  CHECK(grad_required(shape_only.weight));
}

TEST_CASE("converting the dtype keeps shared weights shared and parameters trainable") {
  struct Tied : Module {
    explicit Tied(Generator& g) : first(4, 4, g), second(4, 4, g, {.bias = false}) {
      second.weight = first.weight;
      child("first", first);
      child("second", second);
    }
    Linear first, second;
  };
  Generator g(3);
  Tied tied(g);
  CHECK(names(tied.named_parameters()) == std::vector<std::string>{"first.weight", "first.bias"});
  tied.to(float64);
  CHECK(tied.second.weight.is(tied.first.weight));
  CHECK(tied.first.weight.dtype() == float64);
  CHECK(grad_required(tied.second.weight));
}

TEST_CASE("evaluation mode and freezing reach every part") {
  Generator g(1);
  Tower tower(g);
  tower.eval();
  CHECK_FALSE(tower.right.training());
  tower.requires_grad(false);
  CHECK(tower.trainable_parameters().empty());
}

TEST_CASE("the same seed gives the same weights and another seed others") {
  Generator a(5), b(5), c(6);
  Linear one(8, 8, a), two(8, 8, b), three(8, 8, c);
  CHECK(to_vector<double>(one.weight) == to_vector<double>(two.weight));
  CHECK(to_vector<double>(one.weight) != to_vector<double>(three.weight));
  for (double w : to_vector<double>(one.weight)) CHECK(std::abs(w) <= 1 / std::sqrt(8.0));
}

namespace {

/// A module whose tensors and parts a test names as it likes.
struct Loose : Module {
  using Module::buffer, Module::child, Module::parameter;
  Tensor one = zeros({1}), two = zeros({2});
};

}  // namespace

TEST_CASE("a name that is empty, has a dot or is taken is an error that says which") {
  Loose part, other;
  part.parameter("weight", part.one);
  for (const char* name : {"weight", "", "a.b", ".", "weight.codes"}) {
    INFO("'" << name << "'");
    const std::string wanted = std::string("named '") + name + "'";
    CHECK_THROWS_WITH(part.parameter(name, part.two), ContainsSubstring(wanted));
    CHECK_THROWS_WITH(part.buffer(name, part.two), ContainsSubstring(wanted));
    CHECK_THROWS_WITH(part.child(name, other), ContainsSubstring(wanted));
  }
  part.child("inner", other);
  CHECK_THROWS_WITH(part.buffer("inner", part.two), ContainsSubstring("named 'inner'"));
  part.buffer("running", part.two);
  CHECK_THROWS_WITH(part.child("running", other), ContainsSubstring("named 'running'"));
  CHECK(part.state_dict().size() == 2);
}

TEST_CASE("a module among its own parts, near or far, is an error that says where") {
  Loose a, b, c;
  CHECK_THROWS_WITH(a.child("self", a), ContainsSubstring("'self'") && ContainsSubstring("part of itself"));
  a.child("b", b);
  b.child("c", c);
  CHECK_THROWS_WITH(c.child("a", a), ContainsSubstring("'a'") && ContainsSubstring("'b.c'"));
  CHECK(a.named_modules().size() == 3);
  Loose d;
  d.child("b", b);  // a part of two modules is none of itself
  CHECK(d.named_modules().size() == 3);
}

TEST_CASE("a list of parts has their numbers for names, and keeps others from its own") {
  struct Tall : Module {
    explicit Tall(Generator& g) {
      for (int i = 0; i < 3; ++i) layers.push_back(std::make_unique<Linear>(2, 2, g, LinearOptions{.bias = false}));
      children("layers", layers);
    }
    std::vector<std::unique_ptr<Linear>> layers;
    using Module::child, Module::children;
  };
  Generator g(1);
  Tall tall(g);
  CHECK(names(tall.named_parameters()) ==
        std::vector<std::string>{"layers.0.weight", "layers.1.weight", "layers.2.weight"});
  Loose other;
  CHECK_THROWS_WITH(tall.child("layers", other), ContainsSubstring("'layers'"));
  std::vector<std::unique_ptr<Linear>> nothing(1);
  CHECK_THROWS_WITH(tall.children("others", nothing), ContainsSubstring("'others.0'"));
}

TEST_CASE("inside a class derived from Module the functions of tensors that have its members' names can be called") {
  struct Converting : Module {
    Converting() : scale(requires_grad(to(ones({2}), float64))), other(to(requires_grad(ones({1}), false), cpu)) {
      parameter("scale", scale);
    }
    Tensor operator()(const Tensor& x) const { return to(x, float64) * scale; }
    Tensor scale, other;
  };
  Converting module;
  CHECK(grad_required(module.scale));
  CHECK_FALSE(grad_required(module.other));
  CHECK(module(ones({2}, float32)).dtype() == float64);
  module.requires_grad(false);
  module.to(float32);
  CHECK_FALSE(grad_required(module.scale));
  CHECK(module.scale.dtype() == float32);
}

TEST_CASE("an undefined tensor in a state is an error that names it") {
  Loose module;
  module.parameter("one", module.one);
  CHECK_THROWS_WITH(module.load_state_dict({{"one", Tensor()}}),
                    ContainsSubstring("load_state_dict") && ContainsSubstring("one"));
}
