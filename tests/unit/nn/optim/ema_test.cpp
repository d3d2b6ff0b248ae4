#include <cmath>
#include <limits>

#include "../../../refused.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

struct One : Module {
  explicit One(DType dtype = float64) : x(full({2}, 1, dtype)) { parameter("x", x); }
  Tensor x;
};

void set(const Tensor& x, double value) {
  NoGrad no_grad;
  copy_(x, full(x.shape(), value, x.dtype()));
}

}  // namespace

TEST_CASE("an Ema's means are those of a plain loop, also of half types") {
  for (const bool warmup : {false, true}) {
    for (const DType dtype : {float64, float32, bfloat16}) {
      One one(dtype);
      Ema ema(one, {.decay = 0.75, .warmup = warmup});
      double expected = 1;
      for (int t = 0; t < 6; ++t) {
        set(one.x, t * 0.5);
        ema.update();
        const double decay = warmup ? std::min(0.75, (1.0 + t) / (10.0 + t)) : 0.75;
        expected = decay * expected + (1 - decay) * t * 0.5;
        CHECK(to_vector<double>(ema.average().at("x"))[1] == Approx(expected).epsilon(1e-6));
      }
      CHECK(ema.average().at("x").dtype() == (dtype == float64 ? float64 : float32));
      CHECK(ema.updates() == 6);
    }
  }
}

TEST_CASE("the means stand in place of the parameters for a while, or for good") {
  One one;
  Ema ema(one, {.decay = 0.5});
  set(one.x, 3);
  ema.update();
  {
    Ema::InPlace averaged(ema);
    CHECK(to_vector<double>(one.x) == std::vector<double>{2, 2});
    CHECK_THROWS_WITH(ema.update(), ContainsSubstring("InPlace"));
    CHECK_THROWS_WITH(Ema::InPlace(ema), ContainsSubstring("InPlace"));
  }
  CHECK(to_vector<double>(one.x) == std::vector<double>{3, 3});
  CHECK(grad_required(one.x));
  ema.copy_to_module();
  CHECK(to_vector<double>(one.x) == std::vector<double>{2, 2});
}

TEST_CASE("an Ema goes on from its state, and says why it can't") {
  One one, other;
  Ema first(one, {.decay = 0.5}), second(other, {.decay = 0.5});
  set(one.x, 3), first.update();
  second.load_state_dict(first.state_dict());
  CHECK(second.updates() == 1);
  set(one.x, 7), set(other.x, 7), first.update(), second.update();
  CHECK(to_vector<double>(first.average().at("x")) == to_vector<double>(second.average().at("x")));
  struct Nothing : Module {
  } nothing;
  check_refused({{"Ema", [&] { Ema(one, {.decay = 1.5}); }},
                 {"Ema", [&] { Ema(one, {.decay = std::nan("")}); }},
                 {"no parameters", [&] { Ema e(nothing); }},
                 {"Ema: the state", [&] { second.load_state_dict({}); }}});
  other.to(float32);
  CHECK_THROWS_WITH(second.update(), ContainsSubstring("'x'") && ContainsSubstring("new Ema"));
}

TEST_CASE("gradients are clipped by value, and by the norm of tensors without names") {
  const Tensor a = requires_grad(zeros({4})), none = requires_grad(zeros({1}));
  const float inf = std::numeric_limits<float>::infinity();
  set_grad(a, tensor<float>({3, -0.5f, -inf, std::nanf("")}));
  clip_grad_value({{"a", a}, {"none", none}}, 1);
  const std::vector<double> g = to_vector<double>(grad(a));
  CHECK((g[0] == 1 && g[1] == -0.5 && g[2] == -1 && std::isnan(g[3])));
  set_grad(a, tensor<float>({3, 0, 4, 0}));
  const Tensors both{a, none};
  CHECK(grad_norm(both) == Approx(5));
  CHECK(clip_grad_norm(both, 1) == Approx(5));
  CHECK(grad_norm(both) == Approx(1));
  clip_grad_value(both, 0);
  CHECK(grad_norm(both) == 0);
  check_refused({{"clip_grad_value", [&] { clip_grad_value(both, -1); }},
                 {"clip_grad_value", [&] { clip_grad_value(both, std::nan("")); }},
                 {"clip_grad_value", [] {
                    clip_grad_value({{"x", Tensor()}}, 1);
                  }}});
}
