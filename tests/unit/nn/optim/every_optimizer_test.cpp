// What holds for every optimizer that has registered itself.
#include <cmath>
#include <limits>

#include "../../../catch.h"
#include "but_elementwise.h"
#include "ops/elementwise/square.h"

using namespace adora;

namespace {

/// Matrices, since one of the optimizers steps these alone.
Tensor start(DType dtype = float64) {
  return requires_grad(to(tensor<double>(std::vector<double>{0.5, -1.0, 2.0, 0.25, 3.0, -0.125}, {2, 3}), dtype));
}
Tensor other_start(DType dtype = float64) {
  return requires_grad(to(tensor<double>(std::vector<double>{1, -2, 0.5, -0.75}, {4, 1}), dtype));
}

void set_gradients(const std::vector<NamedTensor>& of, int t) {
  for (const auto& [name, x] : of) {
    std::vector<double> g;
    for (std::int64_t i = 0; i < x.numel(); ++i)
      g.push_back(std::sin(1.0 + static_cast<double>(3 * i) + 2.0 * t) * (name == "b" ? 2 : 1));
    set_grad(x, to(tensor<double>(g, x.shape()), x.dtype()));
  }
}

void steps(Optimizer& optimizer, int from, int count) {
  for (int t = from; t < from + count; ++t) set_gradients(optimizer.parameters(), t), optimizer.step();
}

/// With every bool both ways, and every number that is 0 at some other one too: what is kept may depend on them.
std::vector<OptimizerSettings> settings_of(const std::string& name) {
  std::vector<OptimizerSettings> all{{}};
  for (const std::string& option : optimizer_options(name)) {
    // With other coefficients Muon's iteration does not converge.
    if (option == "a" || option == "b" || option == "c") continue;
    for (const double value : {1.0, 0.5}) {
      OptimizerSettings settings{{option, value}};
      if (option == "nesterov") settings["momentum"] = 0.5;
      try {
        make_optimizer(name, {{"a", start()}}, settings);
      } catch (const Error&) {
        continue;  // out of its range
      }
      all.push_back(settings);
    }
  }
  return all;
}

std::vector<double> numbers(const std::vector<NamedTensor>& of) {
  std::vector<double> all;
  for (const auto& [name, x] : of)
    for (const double value : to_vector<double>(x)) all.push_back(value);
  return all;
}

}  // namespace

TEST_CASE("every optimizer goes on from a saved state bit for bit, whatever its settings") {
  CHECK(optimizer_names().size() >= 10);
  for (const std::string& name : optimizer_names()) {
    for (const OptimizerSettings& settings : settings_of(name)) {
      for (const DType dtype : {float64, float32, bfloat16}) {
        INFO(name << " " << (settings.empty() ? "" : settings.begin()->first) << " in " << adora::name(dtype));
        const std::vector<NamedTensor> whole{{"a", start(dtype)}, {"b", other_start(dtype)}};
        const auto first = make_optimizer(name, whole, settings);
        steps(*first, 0, 4);
        std::vector<NamedTensor> copies;
        for (const auto& [key, x] : whole) copies.push_back({key, requires_grad(clone(x.detach()))});
        StateDict saved;
        for (const auto& [key, value] : first->state_dict()) saved[key] = clone(value);
        const auto second = make_optimizer(name, copies, settings);
        second->load_state_dict(saved);
        steps(*first, 4, 4), steps(*second, 4, 4);
        CHECK(numbers(whole) == numbers(copies));
        for (const double value : numbers(whole)) CHECK(std::isfinite(value));
      }
    }
  }
}

TEST_CASE("every optimizer makes a quadratic smaller, and a decay of weights makes these smaller") {
  for (const std::string& name : optimizer_names()) {
    INFO(name);
    const Tensor x = start();
    const auto optimizer = make_optimizer(name, {{"x", x}}, {{"lr", 0.02}});
    const double before = item(sum(square(x.detach())));
    for (int t = 0; t < 50; ++t) {
      optimizer->zero_grad();
      backward(sum(square(x)));
      optimizer->step();
    }
    CHECK(item(sum(square(x.detach()))) < 0.95 * before);
    const Tensor decayed = start(), plain = start();
    const auto with = make_optimizer(name, {{"x", decayed}}, {{"lr", 0.02}, {"weight_decay", 0.5}});
    const auto without = make_optimizer(name, {{"x", plain}}, {{"lr", 0.02}, {"weight_decay", 0}});
    steps(*with, 0, 5), steps(*without, 0, 5);
    CHECK(numbers({{"", decayed}}) != numbers({{"", plain}}));
    // By name, for one parameter.
    const Tensor a = start(), b = start(), alone = start();
    const auto both = make_optimizer(name, {{"a", a}, {"b.bias", b}}, {{"lr", 0.02}, {"weight_decay", 0.5}});
    both->set_weight_decay(0, [](const std::string& which) { return which.ends_with("bias"); });
    const auto single = make_optimizer(name, {{"x", alone}}, {{"lr", 0.02}, {"weight_decay", 0}});
    steps(*both, 0, 5), steps(*single, 0, 5);
    CHECK(numbers({{"", a}}) == numbers({{"", decayed}}));
    CHECK(numbers({{"", b}}) == numbers({{"", alone}}));
  }
}

TEST_CASE("every optimizer refuses options that are not finite, and a negative rate, by name") {
  for (const std::string& name : optimizer_names()) {
    for (const std::string& option : optimizer_options(name)) {
      for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        INFO(name << " " << option << " " << bad);
        CHECK_THROWS_WITH(make_optimizer(name, {{"x", start()}}, {{option, bad}}), ContainsSubstring(option));
      }
    }
    for (const char* option : {"lr", "weight_decay"})
      CHECK_THROWS_WITH(make_optimizer(name, {{"x", start()}}, {{option, -1}}), ContainsSubstring(option));
    const std::vector<std::string> options = optimizer_options(name);
    for (const char* option : {"beta1", "beta2", "alpha", "momentum"})
      if (std::find(options.begin(), options.end(), option) != options.end())
        for (const double bad : {-0.1, 1.0})
          CHECK_THROWS_WITH(make_optimizer(name, {{"x", start()}}, {{option, bad}}), ContainsSubstring(option));
    if (std::find(options.begin(), options.end(), "eps") != options.end())
      CHECK_THROWS_WITH(make_optimizer(name, {{"x", start()}}, {{"eps", -1e-8}}), ContainsSubstring("eps"));
    CHECK_THROWS_WITH(make_optimizer(name, {{"x", start()}}, {{"warmth", 1}}),
                      ContainsSubstring("'warmth'") && ContainsSubstring("lr"));
  }
  CHECK_THROWS_WITH(make_optimizer("adamm", {{"x", start()}}),
                    ContainsSubstring("'adamm'") && ContainsSubstring("adam"));
  CHECK_THROWS_WITH(make_optimizer("sgd", {{"x", start()}}, {{"nesterov", 0.5}}), ContainsSubstring("nesterov"));
  CHECK_THROWS_WITH(make_optimizer("sgd", {{"x", start()}}, {{"nesterov", 1}}), ContainsSubstring("momentum"));
  CHECK_THROWS_WITH(Muon({{"vector", requires_grad(zeros({3}))}}), ContainsSubstring("'vector'"));
}

TEST_CASE("every optimizer leaves a parameter alone that has no gradient, and takes empty ones") {
  for (const std::string& name : optimizer_names()) {
    INFO(name);
    const Tensor x = start(), y = start(), nothing = requires_grad(zeros({0, 3}));
    const auto optimizer = make_optimizer(name, {{"x", x}, {"y", y}, {"nothing", nothing}});
    set_gradients({{"x", x}, {"nothing", nothing}}, 0);
    optimizer->step();
    CHECK(numbers({{"", y}}) == numbers({{"", start()}}));
    CHECK(numbers({{"", x}}) != numbers({{"", start()}}));
    StateDict state = optimizer->state_dict();
    optimizer->load_state_dict(state);
  }
}
