#include "adapted_llama.h"
#include "ops/elementwise/square.h"

using namespace adora;
using namespace adora::test;

namespace {

/// One Linear of 6 numbers in, 4 out, with a bias.
struct OneLinear : Module {
  explicit OneLinear(std::uint64_t seed = 3) : OneLinear(Generator(seed)) {}
  explicit OneLinear(Generator g) : proj(6, 4, g, {.dtype = float64}) { child("proj", proj); }
  Adapter& layer() { return adapter_on(proj); }
  Linear proj;
};

/// Gives an adapter's tensors numbers that are neither 0 nor 1.
void disturb_layer(Adapter& layer) {
  NoGrad no_grad;
  Generator g(13);
  for (const Tensor& t : {part(layer, "lora_A"), part(layer, "lora_B"), part(layer, "magnitude")})
    if (t.defined()) copy_(t, t + uniform(t.shape(), -0.4, 0.4, g, t.dtype()));
}

}  // namespace

TEST_CASE("an adapter drops what its options say, on the low-rank branch alone or as the reference does") {
  for (const bool reference : {false, true}) {
    CAPTURE(reference);
    OneLinear model;
    add_adapter(model, {.kind = "dora", .rank = 2, .alpha = 5, .dropout = 0.3, .target_modules = {"proj"}}, "default",
                {.seed = 4, .magnitude = {.reference_dropout = reference}});
    Adapter& layer = model.layer();
    disturb_layer(layer);
    Generator g(6);
    const Tensor x = uniform({7, 6}, -1, 1, g, float64);
    Generator same = adapter(model).dropout_generator;
    const auto found = to_vector<double>(model.proj(x));
    const auto dropped = to_vector<double>(dropout(x, 0.3, same)), from = to_vector<double>(x);
    CHECK(same.offset() == adapter(model).dropout_generator.offset());
    const auto w = to_vector<double>(model.proj.weight), bias = to_vector<double>(model.proj.bias),
               a = to_vector<double>(part(layer, "lora_A")), b = to_vector<double>(part(layer, "lora_B")),
               m = to_vector<double>(part(layer, "magnitude"));
    std::vector<double> expected;
    for (std::size_t t = 0; t < 7; ++t) {
      for (std::size_t j = 0; j < 4; ++j) {
        double whole = 0, kept = 0, low = 0, squares = 0;
        for (std::size_t i = 0; i < 6; ++i) {
          double delta = 0;
          for (std::size_t k = 0; k < 2; ++k) delta += 2.5 * b[j * 2 + k] * a[k * 6 + i];
          whole += from[t * 6 + i] * w[j * 6 + i];
          kept += dropped[t * 6 + i] * w[j * 6 + i];
          low += dropped[t * 6 + i] * delta;
          squares += (w[j * 6 + i] + delta) * (w[j * 6 + i] + delta);
        }
        const double c = m[j] / std::sqrt(squares);
        expected.push_back(bias[j] + (reference ? whole + (c - 1) * kept + c * low : c * (whole + low)));
      }
    }
    check_close(found, expected, 1e-13);
    model.train(false);
    const auto evaluated = to_vector<double>(model.proj(x));
    CHECK(largest_difference(evaluated, found) > 1e-3);
  }
}

TEST_CASE("a layer's kept norm follows the optimizer's steps and what is loaded") {
  OneLinear model;
  add_adapter(model, {.kind = "dora", .rank = 2, .alpha = 5, .target_modules = {"proj"}});
  Adapter& layer = model.layer();
  disturb_layer(layer);
  Generator g(6);
  const Tensor x = uniform({7, 6}, -1, 1, g, float64);
  auto check_output = [&] {
    const auto v =
        dora_weight(model.proj.weight, part(layer, "lora_A"), part(layer, "lora_B"), part(layer, "magnitude"), 2.5);
    const auto from = to_vector<double>(x), bias = to_vector<double>(model.proj.bias);
    std::vector<double> expected;
    for (std::size_t t = 0; t < 7; ++t) {
      for (std::size_t j = 0; j < 4; ++j) {
        double y = bias[j];
        for (std::size_t i = 0; i < 6; ++i) y += from[t * 6 + i] * v[j * 6 + i];
        expected.push_back(y);
      }
    }
    // Twice: what the first call kept serves the second.
    for (int call = 0; call < 2; ++call) check_close(to_vector<double>(model.proj(x)), expected, 1e-13);
  };
  check_output();
  AdamW optimizer(model.trainable_parameters(), {.lr = 0.1});
  for (int step = 0; step < 2; ++step) {
    optimizer.zero_grad();
    backward(sum(square(model.proj(x))));
    optimizer.step();
    check_output();
  }
  OneLinear other(8);
  add_adapter(other, {.kind = "dora", .rank = 2, .alpha = 5, .target_modules = {"proj"}}, "default", {.seed = 9});
  disturb_layer(other.layer());
  load_adapter_state_dict(model, adapter_state_dict(other));
  check_output();
  model.load_state_dict(other.state_dict());  // another weight under the same adapter
  check_output();
  CHECK(to_vector<double>(model.proj(x)) == to_vector<double>(other.proj(x)));
}

TEST_CASE("a Llama whose adapters drop has the same gradients with its blocks computed anew", "[long]") {
  for (const bool reference : {false, true}) {
    for (const bool detach : {false, true}) {
      CAPTURE(reference, detach);
      auto gradients_of = [&](bool checkpointing, double dropout) {
        SmallLlama model;
        AdapterConfig config = config_of("dora");
        config.dropout = dropout;
        add_adapter(model, config, "default",
                    {.seed = 5, .magnitude = {.reference_dropout = reference, .detach_norm = detach}});
        disturb(model, "default", 14);
        model.set_gradient_checkpointing(checkpointing);
        std::vector<double> result;
        // Two steps: the generator goes on from where the first left it.
        for (int step = 0; step < 2; ++step) {
          backward(model.loss(tokens(), tokens()));
          for (const auto& [name, x] : model.trainable_parameters())
            for (const double v : to_vector<double>(grad(x))) result.push_back(v);
        }
        return result;
      };
      const auto plain = gradients_of(false, 0.3);
      check_close(gradients_of(true, 0.3), plain, 1e-9);
      CHECK(largest_difference(gradients_of(true, 0), plain) > 1e-3);
    }
  }
}

TEST_CASE("the one weight that stands for a layer and its adapter has a gradient, or refuses to be made without") {
  for (const std::string& kind : all_kinds) {
    CAPTURE(kind);
    OneLinear model;
    add_adapter(model, {.kind = kind, .rank = 2, .alpha = 5, .target_modules = {"proj"}});
    const Adapter& layer = model.layer();
    if (part(layer, "magnitude").defined()) {
      CHECK_THROWS_WITH(layer.merged(model.proj.weight), ContainsSubstring("has no gradient"));
    } else {
      CHECK(grad_required(layer.merged(model.proj.weight)));
    }
    NoGrad no_grad;
    CHECK(layer.merged(model.proj.weight).shape() == model.proj.weight.shape());
  }
}
