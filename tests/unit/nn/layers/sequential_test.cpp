// Modules that put others together, and those without parameters.
#include "../../../refused.h"
#include "but_elementwise.h"
#include "ops/elementwise/relu.h"
#include "ops/elementwise/tanh.h"

using namespace adora;

namespace {

std::vector<std::string> names(const Module& module) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : module.named_parameters()) result.push_back(name);
  return result;
}

struct Scaled : Module {
  explicit Scaled(double by) : by(full({1}, by)) { parameter("by", this->by); }
  Tensor operator()(const Tensor& x) const { return x * by; }
  Tensor by;
};

}  // namespace

TEST_CASE("a Sequential runs modules and functions in turn and names modules as PyTorch does") {
  Generator g(1);
  Linear first(2, 16, g), last(16, 1, g);
  const Tensor x = normal({5, 2}, 0, 1, g), expected = last(relu(first(x)) * 2.0);
  Sequential net(
      std::move(first), relu, [](const Tensor& y) { return y * 2.0; }, std::make_unique<Linear>(std::move(last)));
  CHECK(to_vector<float>(net(x)) == to_vector<float>(expected));
  CHECK(names(net) == std::vector<std::string>{"0.weight", "0.bias", "3.weight", "3.bias"});
  CHECK(net.size() == 4);
  net.add(Scaled(3));
  Sequential moved = std::move(net);
  CHECK(to_vector<float>(moved(x)) == to_vector<float>(expected * 3.0));
  CHECK(names(moved).size() == 5);
  CHECK(names(net).empty());
  const Sequential within(std::move(moved), Scaled(1));
  CHECK(names(within)[0] == "0.0.weight");
  CHECK(names(within).back() == "1.by");
  CHECK(to_vector<float>(Sequential()(x)) == to_vector<float>(x));
  struct Net : Module {
    explicit Net(Generator& g) : layers(Linear(2, 3, g), Activation("tanh"), Linear(3, 1, g)) {
      child("layers", layers);
    }
    Sequential layers;
  } owner(g);
  CHECK(names(owner)[3] == "layers.2.bias");
}

TEST_CASE("a Sequential refuses what is no step") {
  Generator g(1);
  Sequential net(Scaled(1), relu);
  check_refused({{"step 2 is an empty function", [&] { net.add(std::function<Tensor(const Tensor&)>()); }},
                 {"step 2 is null", [&] { net.add(std::unique_ptr<Linear>()); }},
                 {"there is no step 2", [&] { net[2]; }},
                 {"step 1 is a function", [&] { net[1]; }},
                 {"there is no step 2", [&] { net.get<Scaled>(2); }},
                 {"step 0 is a Scaled, not of the class asked for", [&] { net.get<Linear>(0); }}});
  CHECK(dynamic_cast<Scaled*>(&net[0]) != nullptr);
  CHECK(&net.get<Scaled>(0) == &net[0]);
}

TEST_CASE("a ModuleList keeps modules in their places and names them by their numbers") {
  Generator g(1);
  struct Tower : Module {
    explicit Tower(Generator& g) {
      for (int i = 0; i < 4; ++i) layers.push_back(Linear(2, 2, g, {.bias = false}));
      child("layers", layers);
    }
    ModuleList<Linear> layers;
  } tower(g);
  const Linear* const first = &tower.layers[0];
  for (int i = 0; i < 20; ++i) tower.layers.push_back(Linear(2, 2, g, {.bias = false}));
  CHECK(&tower.layers[0] == first);
  CHECK(names(tower)[23] == "layers.23.weight");
  Tensor x = ones({1, 2});
  int count = 0;
  for (const Linear& layer : tower.layers) x = layer(x), ++count;
  CHECK(count == 24);
  ModuleList<Module> mixed;
  mixed.push_back(Linear(2, 2, g)), mixed.push_back(Scaled(2));
  CHECK(names(mixed) == std::vector<std::string>{"0.weight", "0.bias", "1.by"});
  for (Module& one : mixed) one.eval();
  CHECK_FALSE(mixed[1].training());
  check_refused({{"no module 2", [&] { mixed[2]; }}, {"null", [&] { mixed.push_back(std::unique_ptr<Linear>()); }}});
}

TEST_CASE("Dropout acts in training mode alone") {
  Generator g(1);
  Sequential net(Dropout(0.5, g));
  const Tensor x = ones({1000});
  double zeros_there = 0;
  for (const double value : to_vector<double>(net(x))) {
    CHECK((value == 0 || value == 2));
    zeros_there += value == 0 ? 1 : 0;
  }
  CHECK(std::abs(zeros_there - 500) < 100);  // six deviations
  net.eval();
  CHECK(net(x).is(x));
  check_refused({{"Dropout", [&] { Dropout(-0.1, g); }}, {"Dropout", [&] { Dropout(std::nan(""), g); }}});
}

TEST_CASE("Flatten joins dimensions, Identity none, and an Activation is the function it is called after") {
  const Tensor x =
      reshape(to(tensor<float>({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}),
                 float64),
              {2, 3, 2, 2});
  CHECK(Flatten()(x).shape() == Shape{2, 12});
  CHECK(Flatten(0)(x).shape() == Shape{24});
  CHECK(Flatten(1, 2)(x).shape() == Shape{2, 6, 2});
  CHECK(Flatten(-1)(x).shape() == x.shape());
  CHECK(Flatten(0)(full({}, 3)).shape() == Shape{1});
  CHECK(Flatten()(zeros({0, 3, 2})).shape() == Shape{0, 6});
  CHECK(to_vector<double>(Flatten()(x)) == to_vector<double>(x));
  check_refused({{"Flatten", [&] { Flatten(4)(x); }}, {"Flatten", [&] { Flatten(2, 1)(x); }}, {"Flatten", [] {
                                                                                                 Flatten()(Tensor());
                                                                                               }}});
  CHECK(Identity()(x).is(x));
  CHECK(to_vector<double>(Activation("tanh")(x)) == to_vector<double>(tanh(x)));
  CHECK(to_string(Activation("twice", [](const Tensor& y) { return y * 2.0; })) == "Activation [twice]");
  for (const std::string& name : activation_names()) CHECK(Activation(name)(x).shape() == x.shape());
  check_refused({{"'tahn'", [] { Activation("tahn"); }}, {"'none'", [] { Activation("none", {}); }}});
}
