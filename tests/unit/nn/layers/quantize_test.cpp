#include "nn/layers/quantize.h"

#include "../../../files.h"
#include "../../../numeric.h"
#include "../adapters/adapted_llama.h"

using namespace adora;
using namespace adora::test;

namespace {

constexpr QuantizedFormat both_formats[] = {QuantizedFormat::nf4, QuantizedFormat::int8};

/// The same model with plain weights of the numbers that another's codes stand for.
void take_numbers(Llama& plain, Llama& quantized) {
  StateDict state = plain.state_dict();
  for (auto& [name, module] : quantized.named_modules()) {
    const auto* linear = dynamic_cast<Linear*>(module);
    if (linear && linear->is_quantized()) state[name + ".weight"] = dequantize(linear->frozen());
  }
  plain.load_state_dict(state);
}

bool has(const StateDict& state, const std::string& key) { return state.contains(key); }

}  // namespace

TEST_CASE("all linear modules but the output layer are quantized, and their numbers freed") {
  for (QuantizedFormat format : both_formats) {
    SmallLlama model;
    const std::int64_t parameters = count_parameters(model);
    const std::size_t before = memory_stats().current;
    quantize_linears(model, format);
    CHECK(memory_stats().current < before);
    CHECK(count_parameters(model) == parameters);
    const StateDict state = model.state_dict();
    CHECK(has(state, "lm_head.weight"));
    CHECK(has(state, "model.embed_tokens.weight"));
    CHECK_FALSE(has(state, "model.layers.1.mlp.up_proj.weight"));
    CHECK(state.at("model.layers.1.mlp.up_proj.weight.codes").shape() ==
          Shape{20, format == QuantizedFormat::nf4 ? 6 : 12});
    CHECK(state.at("model.layers.1.mlp.up_proj.weight.scales").shape() == Shape{20, 1});
    CHECK(state.at("model.layers.1.mlp.up_proj.weight.tops").shape() == Shape{1});
    const GatedMlp& mlp = model.model.layers[1]->mlp;
    CHECK(mlp.up_proj.in_features() == 12);
    CHECK(mlp.up_proj.out_features() == 20);
    CHECK(mlp.up_proj.dtype() == float64);
    SmallLlama plain;
    take_numbers(plain, model);
    check_close(logits(model), logits(plain), 1e-12);
    CHECK(largest_difference(logits(model), logits(SmallLlama())) > 1e-4);
  }
}

TEST_CASE("an output layer that is tied to the embedding is left as it is, whatever it is called") {
  struct Tied : Module {
    explicit Tied(Generator g) : table(5, 4, g), inner(4, 4, g), out(4, 5, g) {
      out.weight = table.weight;
      child("table", table), child("inner", inner), child("out", out);
    }
    Embedding table;
    Linear inner, out;
  };
  Tied model{Generator(1)};
  quantize_linears(model, QuantizedFormat::nf4);
  CHECK(model.inner.is_quantized());
  CHECK_FALSE(model.out.is_quantized());
  CHECK(model.out.weight.is(model.table.weight));
}

TEST_CASE("adapters of every kind on a quantized model compute and train as on one of the same numbers", "[long]") {
  for (QuantizedFormat format : both_formats) {
    for (const std::string& kind : all_kinds) {
      CAPTURE(name(format), kind);
      SmallLlama quantized, plain;
      quantize_linears(quantized, format);
      take_numbers(plain, quantized);
      const auto before = logits(plain);
      for (Llama* model : {static_cast<Llama*>(&quantized), static_cast<Llama*>(&plain)})
        add_adapter(*model, config_of(kind), "default", {.seed = 3});
      check_close(logits(quantized), before, 1e-11);  // magnitudes are those of the numbers that the codes stand for
      disturb(quantized, "default", 4);
      load_adapter_state_dict(plain, adapter_state_dict(quantized));
      check_close(logits(quantized), logits(plain), 1e-11);
      auto gradients_of = [&](Llama& model) {
        std::vector<double> all;
        backward(model.loss(tokens(), tokens()));
        for (const auto& [key, x] : model.trainable_parameters())
          for (double v : to_vector<double>(grad(x))) all.push_back(v);
        return all;
      };
      CHECK(close(gradients_of(quantized), gradients_of(plain), 1e-9));
      const auto moved = adapter_changes(quantized), expected = adapter_changes(plain);
      REQUIRE(moved.size() == expected.size());
      for (const auto& [module, change] : expected) {
        CHECK(moved.at(module).magnitude == Approx(change.magnitude).epsilon(1e-9));
        CHECK(moved.at(module).direction == Approx(change.direction).epsilon(1e-9));
      }
      CHECK(count_parameters(quantized) == count_parameters(plain));
    }
  }
}

TEST_CASE("an adapter that was trained on a quantized model is saved and loaded as any other") {
  const TemporaryFolder folder;
  SmallLlama model, same;
  for (Llama* one : {static_cast<Llama*>(&model), static_cast<Llama*>(&same)})
    quantize_linears(*one, QuantizedFormat::nf4);
  add_adapter(model, config_of("dora"));
  disturb(model, "default", 4);
  save_adapter(model, folder / "out");
  load_adapter(same, folder / "out");
  check_close(logits(same), logits(model), 1e-6);  // numbers in the folder are float64 here
  SmallLlama plain;
  load_adapter(plain, folder / "out");
  CHECK(largest_difference(logits(plain), logits(model)) > 1e-4);
}

TEST_CASE("a quantized model keeps its codes and their scales in whatever dtype it is computed") {
  SmallLlama model(float32);
  quantize_linears(model, QuantizedFormat::nf4);
  const auto expected = logits(model);
  model.to(bfloat16);
  const StateDict state = model.state_dict();
  CHECK(state.at("model.layers.0.mlp.up_proj.weight.tops").dtype() == float32);
  CHECK(state.at("model.norm.weight").dtype() == bfloat16);
  CHECK(largest_difference(logits(model), expected) < 0.2);
  model.to(float64);
  CHECK(logits(model).size() == expected.size());
}

TEST_CASE("a quantized model's state goes into another that is quantized alike, and no other") {
  SmallLlama model, other;
  quantize_linears(model, QuantizedFormat::int8);
  CHECK_THROWS_WITH(other.load_state_dict(model.state_dict()), ContainsSubstring("missing"));
  for (auto& [key, x] : other.state_dict()) fill_(x.detach(), 0.5);
  quantize_linears(other, QuantizedFormat::int8);
  other.load_state_dict(model.state_dict());
  CHECK(logits(other) == logits(model));
}

TEST_CASE("a quantized weight can't be trained, merged, written as a model or quantized again, and says so") {
  SmallLlama model;
  quantize_linears(model, QuantizedFormat::nf4);
  CHECK_THROWS_WITH(model.requires_grad(true),
                    ContainsSubstring("model.layers.0.self_attn.q_proj.weight is quantized (nf4)"));
  model.requires_grad(false);
  CHECK(model.trainable_parameters().empty());
  CHECK_THROWS_WITH(quantize_linears(model, QuantizedFormat::int8),
                    ContainsSubstring("model.layers.0.self_attn.q_proj: ") && ContainsSubstring("already"));
  add_adapter(model, config_of("lora"));
  disturb(model, "default", 4);
  const auto before = logits(model);
  CHECK_THROWS_WITH(merge_adapters(model), ContainsSubstring("q_proj is quantized"));
  CHECK_THROWS_WITH(fold_adapters(model), ContainsSubstring("q_proj is quantized"));
  unmerge_adapters(model);
  CHECK(logits(model) == before);
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(save_model(model, folder / "out"), ContainsSubstring("not quantized"));
  SmallLlama adapted;
  add_adapter(adapted, config_of("lora"));
  CHECK_THROWS_WITH(quantize_linears(adapted, QuantizedFormat::nf4), ContainsSubstring("before an adapter"));
  SmallLlama broken;
  fill_(broken.model.layers[1]->mlp.down_proj.weight.detach(), std::nan(""));
  CHECK_THROWS_WITH(quantize_linears(broken, QuantizedFormat::nf4),
                    ContainsSubstring("model.layers.1.mlp.down_proj: ") && ContainsSubstring("not finite"));
  Generator g(1);
  Embedding none(3, 2, g);
  CHECK_THROWS_WITH(quantize_linears(none, QuantizedFormat::nf4), ContainsSubstring("no Linear"));
}

TEST_CASE("an output layer that is quantized on its own computes logits and their loss") {
  SmallLlama model;
  model.lm_head.quantize(QuantizedFormat::int8);
  SmallLlama plain;
  take_numbers(plain, model);
  model.requires_grad(false);
  CHECK(item(model.loss(tokens(), tokens())) == Approx(item(plain.loss(tokens(), tokens()))).epsilon(1e-12));
}

TEST_CASE("quantized modules on the shape-only device have their shapes and no memory") {
  Llama model(small_llama_config(), {.device = meta});
  quantize_linears(model, QuantizedFormat::nf4);
  add_adapter(model, config_of("dora"));
  CHECK(model.logits(empty({1, 7}, int64, meta)).shape() == Shape{1, 7, 11});
}
