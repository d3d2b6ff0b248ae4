// Modules that are moved, and kept in vectors.
#include <optional>

#include "../../catch.h"
#include "but_elementwise.h"
#include "ops/elementwise/relu.h"

using namespace adora;

namespace {

struct Block : Module {
  explicit Block(Generator& g) : up(2, 3, g), down(3, 2, g, {.bias = false}), scale(full({1}, 2)) {
    child("up", up), child("down", down), parameter("scale", scale), buffer("running", running);
  }
  Tensor operator()(const Tensor& x) const { return down(relu(up(x))) * scale; }
  Linear up, down;
  Tensor scale, running = zeros({2});
};

struct Tower : Module {
  explicit Tower(Generator& g, int count = 3) : first(2, 2, g) {
    for (int i = 0; i < count; ++i) blocks.emplace_back(g);
    child("first", first), children("blocks", blocks);
  }
  Linear first;
  std::vector<Block> blocks;
};

struct OnTheHeap : Module {
  explicit OnTheHeap(Generator& g) : part(std::make_unique<Linear>(2, 2, g)) { child("part", *part); }
  std::unique_ptr<Linear> part;
};

struct Listed : Module {
  explicit Listed(int count) {
    for (int i = 0; i < count; ++i) weights.push_back(full({2}, i));
    parameters("weights", weights);
  }
  using Module::parameters;
  std::vector<Tensor> weights;
};

const std::vector<std::string> block_names{"scale", "up.weight", "up.bias", "down.weight"};

std::vector<std::string> names(const Module& module) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : module.named_parameters()) result.push_back(name);
  return result;
}

/// Its names mean the members of this very object.
void check_own(Block& block) {
  CHECK(names(block) == block_names);
  CHECK(block.parameters()[0].is(block.scale));
  CHECK(block.parameters()[1].is(block.up.weight));
  CHECK(block.parameters()[3].is(block.down.weight));
  block.to(float64);
  CHECK(block.down.weight.dtype() == float64);
  CHECK(block.running.dtype() == float64);
  block.to(float32);
  block.eval();
  CHECK_FALSE(block.down.training());
  block.train();
}

}  // namespace

TEST_CASE("a module that was moved has its names, and the one moved from has none") {
  Generator g(1);
  Block first(g);
  const Tensor weight = first.up.weight;
  Block second = std::move(first);
  check_own(second);
  CHECK(names(first).empty());
  CHECK(first.state_dict().empty());
  const auto third = std::make_unique<Block>(std::move(second));
  check_own(*third);
  std::optional<Block> fourth(std::move(*third));
  check_own(*fourth);
}

TEST_CASE("a module that was assigned has the other's names, whatever it had") {
  Generator g(1);
  Block one(g), two(g), three(g);
  const std::vector<float> weight = to_vector<float>(two.up.weight);
  one = std::move(two);
  check_own(one);
  CHECK(to_vector<float>(one.up.weight) == weight);
  CHECK(names(two).empty());
  two = std::move(three);  // into one that was moved from
  check_own(two);
  std::swap(one, two);
  check_own(one), check_own(two);
  CHECK(to_vector<float>(two.up.weight) == weight);
  // A part of another stays one.
  Tower tower(g);
  tower.first = Linear(2, 5, g);
  CHECK(tower.named_parameters()[0].tensor.is(tower.first.weight));
  CHECK(tower.first.weight.shape() == Shape{5, 2});
}

TEST_CASE("a vector of modules can grow, shrink and move after it was named") {
  Generator g(1);
  Tower tower(g);
  const auto check_blocks = [&](Tower& of, std::size_t count) {
    std::vector<std::string> expected{"first.weight", "first.bias"};
    for (std::size_t i = 0; i < count; ++i)
      for (const std::string& name : block_names) expected.push_back("blocks." + std::to_string(i) + "." + name);
    CHECK(names(of) == expected);
    CHECK(of.named_modules().size() == 2 + 3 * count);
    for (Block& block : of.blocks) check_own(block);
  };
  check_blocks(tower, 3);
  for (int i = 0; i < 9; ++i) tower.blocks.emplace_back(g);
  check_blocks(tower, 12);
  const Tensor kept = tower.blocks[4].scale;
  tower.blocks.erase(tower.blocks.begin() + 1);
  check_blocks(tower, 11);
  tower.blocks.insert(tower.blocks.begin(), Block(g));
  check_blocks(tower, 12);
  Tower other = std::move(tower);
  check_blocks(other, 12);
  CHECK(names(tower).empty());
  std::vector<Tower> towers;
  towers.push_back(std::move(other));
  for (int i = 0; i < 5; ++i) towers.emplace_back(g, i);
  check_blocks(towers[0], 12);
  check_blocks(towers[5], 4);
}

TEST_CASE("parts on the heap stay where they are when what has them moves") {
  Generator g(1);
  std::vector<OnTheHeap> several;
  for (int i = 0; i < 9; ++i) several.emplace_back(g);
  for (OnTheHeap& one : several) {
    CHECK(names(one) == std::vector<std::string>{"part.weight", "part.bias"});
    CHECK(one.parameters()[0].is(one.part->weight));
  }
  OnTheHeap assigned(g);
  assigned = std::move(several[4]);
  CHECK(assigned.parameters()[1].is(assigned.part->bias));
  CHECK(names(several[4]).empty());
}

TEST_CASE("a list of tensors is named as a whole and moves") {
  std::vector<Listed> several;
  for (int i = 0; i < 6; ++i) several.emplace_back(i);
  several[2].weights.push_back(requires_grad(zeros({1})));
  CHECK(names(several[2]) == std::vector<std::string>{"weights.0", "weights.1", "weights.2"});
  for (Listed& one : several) {
    CHECK(one.parameters().size() == one.weights.size());
    one.to(float64);
    for (const Tensor& x : one.weights) CHECK((x.dtype() == float64 && grad_required(x)));
  }
}

TEST_CASE("a part that was destroyed, or moved out of its place, is named by whoever walks the parts") {
  Generator g(1);
  struct Loose : Module {
    using Module::child, Module::forget_child;
  } loose;
  {
    Linear gone(2, 2, g);
    loose.child("gone", gone);
    CHECK(loose.parameters().size() == 2);
  }
  CHECK_THROWS_WITH(loose.parameters(), ContainsSubstring("'gone'") && ContainsSubstring("children"));
  Loose second;
  std::vector<Linear> grown;
  grown.emplace_back(2, 2, g);
  second.child("each", grown[0]);
  grown.reserve(grown.capacity() + 1);
  CHECK_THROWS_WITH(second.train(), ContainsSubstring("'each'"));
  Loose third;
  {
    Linear gone(2, 2, g);
    third.child("gone", gone);
    third.forget_child(gone);
  }
  CHECK(third.parameters().empty());
}

TEST_CASE("a module moved into one of its base class is an error, since members are left behind") {
  struct Wide : Block {
    explicit Wide(Generator& g) : Block(g), more(2, 2, g) { child("more", more); }
    Linear more;
  };
  Generator g(1);
  Wide wide(g);
  Block block = std::move(wide);
  CHECK_THROWS_WITH(block.parameters(), ContainsSubstring("a Wide was moved into a Block"));
}

TEST_CASE("a moved model trains, and its optimizer goes on with it") {
  Generator g(1);
  Tower tower(g);
  SGD optimizer(tower.trainable_parameters(), {.lr = 0.1});
  Tower moved = std::move(tower);
  const Tensor x = normal({4, 2}, 0, 1, g);
  const std::vector<float> before = to_vector<float>(moved.blocks[2].up.weight);
  backward(sum(moved.blocks[2](moved.blocks[1](moved.blocks[0](moved.first(x))))));
  optimizer.step();
  CHECK(to_vector<float>(moved.blocks[2].up.weight) != before);
}

TEST_CASE("a module is printed as a tree with its numbers of parameters") {
  Generator g(1);
  Tower tower(g, 1);
  const std::string expected =
      "Tower: 22 parameters\n"
      "  first: Linear [2 → 2], 6 parameters\n"
      "  blocks.0: Block, 16 parameters\n"
      "    up: Linear [2 → 3], 9 parameters\n"
      "    down: Linear [3 → 2, no bias], 6 parameters";
  CHECK(to_string(tower) == expected);
  CHECK(fmt::format("{}", tower) == expected);
  std::ostringstream out;
  out << tower;
  CHECK(out.str() == expected);
}
