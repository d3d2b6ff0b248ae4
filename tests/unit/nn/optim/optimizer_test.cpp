#include <omp.h>

#include <cmath>
#include <limits>

#include "../../../refused.h"
#include "but_elementwise.h"
#include "ops/elementwise/square.h"

using namespace adora;

namespace {

Tensor start() { return requires_grad(tensor<double>(std::vector<double>{0.5, -1.0, 2.0, 0.25, 3.0, -0.125}, {2, 3})); }

void set_gradient(const Tensor& x, int t) {
  set_grad(x, tensor<double>(std::vector<double>{0.1 * (t + 1), -0.3, 0.02 * t, std::sin(t + 1.0), 0.5, -2.0}, {2, 3}));
}

void four_steps(Optimizer& optimizer, const Tensor& x) {
  for (int t = 0; t < 4; ++t) {
    set_gradient(x, t);
    optimizer.step();
  }
}

void compare(const Tensor& x, const std::vector<double>& expected) {
  auto values = to_vector<double>(x);
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == Approx(expected[i]).epsilon(1e-12));
}

}  // namespace

TEST_CASE("four steps of AdamW end where PyTorch's do") {
  Tensor x = start();
  AdamW optimizer({{"x", x}}, {.lr = 0.05, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6, .weight_decay = 0.1});
  four_steps(optimizer, x);
  // torch.optim.AdamW in float64
  compare(x, {0.294132444692461, -0.781645168556107, 1.83238249190067, 0.0972095860198858, 2.74194390513419,
              0.0759862069194277});
}

TEST_CASE("parameters whose rate is scaled take the steps of another rate, the others their own") {
  for (bool adam : {true, false}) {
    auto make = [&](std::vector<NamedTensor> of, double lr) -> std::unique_ptr<Optimizer> {
      if (adam) return std::make_unique<AdamW>(std::move(of), AdamWOptions{.lr = lr, .weight_decay = 0.1});
      return std::make_unique<SGD>(std::move(of), SgdOptions{.lr = lr, .momentum = 0.9});
    };
    const Tensor a = start(), b = start(), slow = start(), fast = start();
    const auto both = make({{"layer.lora_A", a}, {"layer.lora_B", b}}, 0.01);
    both->scale_lr(16, [](const std::string& name) { return name.ends_with("lora_B"); });
    const auto alone = make({{"x", slow}}, 0.01), faster = make({{"x", fast}}, 0.16);
    for (int t = 0; t < 4; ++t) {
      for (const Tensor& x : {a, b, slow, fast}) set_gradient(x, t);
      for (Optimizer* optimizer : {both.get(), alone.get(), faster.get()}) optimizer->step();
    }
    compare(a, to_vector<double>(slow));
    compare(b, to_vector<double>(fast));
  }
}

TEST_CASE("four steps of SGD with momentum end where PyTorch's do") {
  Tensor x = start();
  SGD optimizer({{"x", x}}, {.lr = 0.05, .momentum = 0.9, .weight_decay = 0.1});
  four_steps(optimizer, x);
  // torch.optim.SGD in float64
  compare(x, {0.3852447446875, -0.8203996525, 1.90071880125, -0.00190042842929213, 2.640799305, 0.778614248359375});
}

TEST_CASE("an optimizer that took over another's state goes on bit for bit the same") {
  Tensor x = start(), y = start();
  AdamW first({{"x", x}}, {.lr = 0.05}), second({{"x", y}}, {.lr = 0.05});
  four_steps(first, x);
  {
    NoGrad no_grad;
    copy_(y, x);
  }
  StateDict saved;
  for (auto& [name, value] : first.state_dict()) saved[name] = clone(value);
  four_steps(first, x);
  second.load_state_dict(saved);
  four_steps(second, y);
  CHECK(to_vector<double>(x) == to_vector<double>(y));
}

TEST_CASE("a state of other parameters is refused and names what is wrong") {
  Tensor x = start(), y = start();
  AdamW first({{"x", x}}), second({{"y", y}});
  CHECK_THROWS_WITH(second.load_state_dict(first.state_dict()), ContainsSubstring("exp_avg.y"));
}

TEST_CASE("a parameter without a gradient is not decayed") {
  Tensor x = start(), y = start();
  AdamW optimizer({{"x", x}, {"y", y}}, {.lr = 0.1, .weight_decay = 0.5});
  set_gradient(x, 0);
  optimizer.step();
  CHECK(to_vector<double>(y) == to_vector<double>(start()));
  CHECK(to_vector<double>(x) != to_vector<double>(start()));
}

TEST_CASE("steps too small for bfloat16 add up in the optimizer's float32 copy") {
  Tensor x = requires_grad(full({4}, 1.0, bfloat16));
  AdamW optimizer({{"x", x}}, {.lr = 1e-4, .weight_decay = 0});
  for (int t = 0; t < 100; ++t) {
    set_grad(x, ones({4}, bfloat16));
    optimizer.step();
  }
  // 100 steps of 1e-4 each; one alone is below half a unit in the last place of 1.
  CHECK(to_vector<double>(x)[0] == Approx(0.99).epsilon(0.004));
}

TEST_CASE("AdamW gives the same bits with one thread and with four") {
  auto run = [](int threads) {
    int before = omp_get_max_threads();
    omp_set_num_threads(threads);
    Generator g(9);
    Tensor x = requires_grad(normal({300, 401}, 0, 1, g));
    AdamW optimizer({{"x", x}});
    for (int t = 0; t < 3; ++t) {
      set_grad(x, normal({300, 401}, 0, 1, g));
      optimizer.step();
    }
    omp_set_num_threads(before);
    return to_vector<float>(x);
  };
  CHECK(run(1) == run(4));
}

TEST_CASE("the gradient's norm is taken over all parameters and clipping scales them to it") {
  Tensor a = requires_grad(zeros({2})), b = requires_grad(zeros({1}));
  set_grad(a, tensor<float>({3, 0}));
  set_grad(b, tensor<float>({4}));
  std::vector<NamedTensor> both{{"a", a}, {"b", b}};
  CHECK(grad_norm(both) == Approx(5));
  CHECK(clip_grad_norm(both, 10) == Approx(5));
  CHECK(to_vector<double>(grad(a))[0] == 3);
  CHECK(clip_grad_norm(both, 2.5) == Approx(5));
  CHECK(to_vector<double>(grad(a))[0] == Approx(1.5));
  CHECK(to_vector<double>(grad(b))[0] == Approx(2.0));
}

TEST_CASE("schedules rise over the warm-up and fall to nothing at the end") {
  // transformers' get_linear_schedule_with_warmup and get_cosine_schedule_with_warmup for 4 of 10 steps
  double linear[] = {0, 0.25, 0.5, 0.75, 1, 5.0 / 6, 4.0 / 6, 0.5, 2.0 / 6, 1.0 / 6, 0};
  double cosine[] = {0, 0.25, 0.5, 0.75, 1, 0.933012701892219, 0.75, 0.5, 0.25, 0.0669872981077807, 0};
  for (int step = 0; step <= 10; ++step) {
    CHECK(linear_schedule(4)(step, 10) == Approx(linear[step]).margin(1e-15));
    CHECK(cosine_schedule(4)(step, 10) == Approx(cosine[step]).margin(1e-15));
    CHECK(constant_schedule(4)(step, 10) == Approx(std::min(step / 4.0, 1.0)));
  }
  for (int step = 0; step <= 10; ++step) {
    CHECK(schedule("constant", 4)(step, 10) == constant_schedule(4)(step, 10));
    CHECK(schedule("linear", 4)(step, 10) == linear_schedule(4)(step, 10));
    CHECK(schedule("cosine", 4)(step, 10) == cosine_schedule(4)(step, 10));
  }
  CHECK_THROWS_WITH(schedule("cosin"), ContainsSubstring("cosin"));
}

TEST_CASE("a schedule that is all warm-up, or longer, ends at 0, and one without begins at its top") {
  // transformers' get_linear_schedule_with_warmup
  CHECK(linear_schedule(10)(10, 10) == 0);
  CHECK(linear_schedule(10)(10, 5) == 0);
  CHECK(linear_schedule()(0, 0) == 0);
  CHECK(linear_schedule()(0, 10) == 1);
  CHECK(linear_schedule(4)(20, 12) == 0);
}

TEST_CASE("clipping leaves a gradient that is not finite as it is and says so by the norm") {
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    Tensor a = requires_grad(zeros({2}));
    set_grad(a, tensor<float>({3, bad}));
    CHECK_FALSE(std::isfinite(clip_grad_norm({{"a", a}}, 1)));
    CHECK(to_vector<double>(grad(a))[0] == 3);
  }
}

TEST_CASE("gradients whose squares leave float32's range are clipped all the same") {
  Tensor a = requires_grad(zeros({2}));
  set_grad(a, tensor<float>({3e25f, 4e25f}));
  CHECK(clip_grad_norm({{"a", a}}, 1) == Approx(5e25));
  CHECK(to_vector<double>(grad(a))[1] == Approx(0.8));
}

TEST_CASE("clipping scales a gradient that two parameters share once for each") {
  Tensor a = requires_grad(full({1}, 1, float64)), b = requires_grad(full({1}, 2, float64));
  backward(sum(square(a + b)), {}, {.create_graph = true});
  const std::vector<NamedTensor> both{{"a", a}, {"b", b}};
  clip_grad_norm(both, 1);
  CHECK(grad_norm(both) == Approx(1));
}

TEST_CASE("a parameter of a half type that was changed from outside is stepped from where it is") {
  Tensor p = requires_grad(full({2}, 1, bfloat16));
  SGD optimizer({{"p", p}}, {.lr = 0.001});
  auto step = [&] {
    set_grad(p, ones({2}, bfloat16));
    optimizer.step();
  };
  step();  // 0.999 in float32, still 1 in bfloat16
  const StateDict before = optimizer.state_dict();
  CHECK(to_vector<float>(before.at("float32.p"))[0] == Approx(0.999f));
  {
    NoGrad no_grad;
    copy_(p, tensor<bf16>({bf16(1), bf16(5)}));
  }
  step();
  // An element that was overwritten with the value it had keeps the digits of its float32 twin.
  CHECK(to_vector<float>(optimizer.state_dict().at("float32.p"))[0] == Approx(0.998f));
  CHECK(to_vector<float>(optimizer.state_dict().at("float32.p"))[1] == Approx(4.999f));
}

TEST_CASE("AdamW's first step with a parameter is a first step, whenever it comes") {
  Tensor early = requires_grad(zeros({1}, float64)), late = requires_grad(zeros({1}, float64));
  AdamW optimizer({{"early", early}, {"late", late}}, {.lr = 0.1, .weight_decay = 0});
  for (int i = 0; i < 10; ++i) {
    set_grad(early, ones({1}, float64));
    if (i == 9) set_grad(late, ones({1}, float64));
    optimizer.step();
  }
  // PyTorch: the first step's length is the learning rate.
  CHECK(item(late) == Approx(-0.1));
  CHECK(item(early) == Approx(-1));
}

TEST_CASE("an optimizer refuses parameters that it could not step and says which") {
  const std::string here = to_string(default_device());
  Tensor x = start(), y = start(), frozen = zeros({2}), computed = start() * 2.0;
  const auto made = [](std::vector<NamedTensor> of) { return [=] { AdamW optimizer(of); }; };
  check_refused({{"'a' and 'b' are the same", made({{"a", x}, {"b", x}})},
                 {"'a' and 'b' are the same", made({{"a", x}, {"b", requires_grad(x.detach())}})},
                 {"the name 'a'", made({{"a", x}, {"a", y}})},
                 {"cold (float32 [2] on " + here + ") wants no gradient", made({{"x", x}, {"cold", frozen}})},
                 {"computed (float64 [2, 3] on " + here + ") was computed", made({{"computed", computed}})},
                 {"nothing (an undefined tensor)", made({{"nothing", Tensor()}})},
                 {"whole (int64 [2] on " + here + ")", made({{"whole", zeros({2}, int64)}})},
                 {"turned (float64 [3, 2] on " + here + ")", made({{"turned", transpose(x.detach())}})},
                 {"no parameter to train", made({})}});
  AdamW two_parts(
      {{"first", requires_grad(slice(x.detach(), 0, 0, 1))}, {"last", requires_grad(slice(x.detach(), 0, 1, 2))}});
}

TEST_CASE("an option of an optimizer that is out of its range is an error that names it") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  Tensor x = start();
  const auto adam = [&](AdamWOptions options) { return [=] { AdamW optimizer({{"x", x}}, options); }; };
  const auto sgd = [&](SgdOptions options) { return [=] { SGD optimizer({{"x", x}}, options); }; };
  for (double bad : {-1e-3, nan, inf}) {
    check_refused({{"lr", adam({.lr = bad})},
                   {"lr", sgd({.lr = bad})},
                   {"eps", adam({.eps = bad})},
                   {"weight_decay", adam({.weight_decay = bad})},
                   {"weight_decay", sgd({.weight_decay = bad})}});
  }
  for (double bad : {-0.1, 1.0, 1.5, nan})
    check_refused(
        {{"beta1", adam({.beta1 = bad})}, {"beta2", adam({.beta2 = bad})}, {"momentum", sgd({.momentum = bad})}});
  AdamW optimizer({{"x", x}}, {.lr = 0, .beta1 = 0, .beta2 = 0, .eps = 0, .weight_decay = 0});
  for (double bad : {-1.0, nan, inf}) {
    check_refused({{"lr", [&] { optimizer.set_lr(bad); }},
                   {"scale_lr", [&] { optimizer.scale_lr(bad, [](const std::string&) { return true; }); }}});
  }
  check_refused({{"scale_lr", [&] { optimizer.scale_lr(2, {}); }}});
  CHECK(optimizer.lr() == 0);
}

TEST_CASE("a step in which no parameter has a gradient is an error and changes nothing") {
  Tensor x = start();
  AdamW optimizer({{"x", x}});
  CHECK_THROWS_WITH(optimizer.step(), ContainsSubstring("no parameter has a gradient"));
  CHECK(to_vector<double>(x) == to_vector<double>(start()));
  CHECK(to_vector<double>(optimizer.state_dict().at("step")) == std::vector<double>{0});
}

TEST_CASE("a model that was converted, or got an adapter, after its optimizer was made is an error at the step") {
  struct Pair : Module {
    explicit Pair(Generator& g) : first(2, 2, g), second(2, 2, g) { child("first", first), child("second", second); }
    Linear first, second;
  };
  Generator g(1);
  const auto trained = [](Pair& pair) {
    backward(sum(pair.second(to(pair.first(ones({1, 2}, pair.first.dtype())), pair.second.dtype()))));
  };
  {
    Pair pair(g);
    AdamW optimizer(pair.trainable_parameters());
    pair.to(float64);
    trained(pair);
    CHECK_THROWS_WITH(optimizer.step(), ContainsSubstring("first.weight") && ContainsSubstring("new optimizer"));
  }
  {  // a part of it, between the backward pass and the step
    Pair pair(g);
    AdamW optimizer(pair.trainable_parameters());
    trained(pair);
    pair.second.to(float64);
    const std::vector<double> before = to_vector<double>(pair.first.weight);
    CHECK_THROWS_WITH(optimizer.step(), ContainsSubstring("second.weight"));
    CHECK(to_vector<double>(pair.first.weight) == before);
  }
  {
    Pair pair(g);
    AdamW optimizer(pair.trainable_parameters());
    add_adapter(pair, {.kind = "lora", .rank = 1, .target_modules = {"first"}});
    trained(pair);
    CHECK_THROWS_WITH(optimizer.step(), ContainsSubstring("add_adapter"));
  }
  {  // what is frozen for a while is only left alone
    Pair pair(g);
    SGD optimizer(pair.trainable_parameters(), {.lr = 0.1});
    pair.first.requires_grad(false);
    const std::vector<double> before = to_vector<double>(pair.second.bias);
    trained(pair);
    optimizer.step();
    CHECK(to_vector<double>(pair.second.bias) != before);
  }
  {  // a tensor that another module still has goes on
    Generator other(2);
    Linear one(2, 2, other, {.bias = false}), two(2, 2, other, {.bias = false});
    two.weight = one.weight;
    SGD optimizer(two.trainable_parameters(), {.lr = 0.1});
    one.to(float64);
    backward(sum(two(ones({1, 2}))));
    optimizer.step();
  }
}

TEST_CASE("a state with numbers that no steps lead to is refused, whole") {
  Tensor x = start();
  AdamW optimizer({{"x", x}});
  four_steps(optimizer, x);
  const std::vector<double> before = to_vector<double>(optimizer.state_dict().at("exp_avg.x"));
  const auto with = [&](const std::string& key, const Tensor& value) {
    StateDict state;
    for (const auto& [name, tensor] : optimizer.state_dict()) state[name] = clone(tensor);
    state[key] = value;
    return [&optimizer, state] { optimizer.load_state_dict(state); };
  };
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  check_refused({{"exp_avg.x", with("exp_avg.x", full({2, 3}, nan, float64))},
                 {"exp_avg.x", with("exp_avg.x", full({2, 3}, -inf, float64))},
                 {"exp_avg_sq.x", with("exp_avg_sq.x", full({2, 3}, inf, float64))},
                 {"exp_avg_sq.x", with("exp_avg_sq.x", full({2, 3}, -1, float64))},
                 {"exp_avg.x", with("exp_avg.x", Tensor())},
                 {"exp_avg.x", with("exp_avg.x", zeros({3, 2}, float64))},
                 {"step", with("step", full({1}, -1, int64))},
                 {"step", with("step", zeros({1}))},
                 {"other", with("other", zeros({1}))}});
  CHECK(to_vector<double>(optimizer.state_dict().at("exp_avg.x")) == before);
}
