#include "adapted_llama.h"

using namespace adora;
using namespace adora::test;

TEST_CASE("a fresh adapter of any kind leaves the model's output as it was") {
  for (const std::string& kind : all_kinds) {
    SmallLlama model;
    auto before = logits(model);
    add_adapter(model, config_of(kind));
    check_close(logits(model), before, 1e-12);
  }
}

TEST_CASE("with an adapter only its own tensors are trained") {
  SmallLlama model;
  add_adapter(model, config_of("dora"));
  for (const auto& [name, x] : model.trainable_parameters()) CHECK(name.find(".adapter.default.") != std::string::npos);
  CHECK(model.trainable_parameters().size() == 3 * 5 * 2);
  backward(model.loss(tokens(), tokens()));
  CHECK_FALSE(grad(model.model.embed_tokens.weight).defined());
  CHECK_FALSE(grad(model.model.layers[0]->self_attn.q_proj.weight).defined());
}

TEST_CASE("alpha over rank scales what an adapter adds") {
  SmallLlama model;
  add_adapter(model, config_of("lora"));
  disturb(model, "default", 1);
  Linear& q = model.model.layers[1]->self_attn.q_proj;
  auto& layer = adapter_on(q);
  CHECK(layer.scale() == 2.5);
  Generator g(4);
  Tensor x = uniform({3, 12}, -1, 1, g, float64);
  NoGrad no_grad;
  Tensor expected = matmul(x, transpose(q.weight)) +
                    matmul(matmul(x, transpose(part(layer, "lora_A"))), transpose(part(layer, "lora_B"))) * 2.5;
  check_close(to_vector<double>(q(x)), to_vector<double>(expected));
}

TEST_CASE("an adapter saved under PEFT's names and loaded elsewhere computes the same") {
  for (const std::string& kind : all_kinds) {
    SmallLlama model, other;
    add_adapter(model, config_of(kind), "default", {.seed = 1});
    disturb(model, "default", 6);
    StateDict saved = adapter_state_dict(model);
    add_adapter(other, config_of(kind), "other", {.seed = 2});
    load_adapter_state_dict(other, saved, "other");
    CHECK(logits(other) == logits(model));
  }
  SmallLlama model;
  add_adapter(model, config_of("dora"));
  StateDict saved = adapter_state_dict(model);
  CHECK(saved.size() == 3 * 5 * 2);
  CHECK(saved.contains("base_model.model.model.layers.1.mlp.up_proj.lora_A.weight"));
  CHECK(saved.contains("base_model.model.model.layers.1.mlp.up_proj.lora_B.weight"));
  CHECK(saved.contains("base_model.model.model.layers.1.mlp.up_proj.lora_magnitude_vector"));
}

TEST_CASE("a missing or surplus tensor of an adapter is an error, and nothing is changed") {
  SmallLlama model;
  add_adapter(model, config_of("dora"));
  disturb(model, "default", 6);
  auto before = logits(model);
  StateDict whole;
  for (auto& [name, x] : adapter_state_dict(model)) whole[name] = zeros_like(x);
  const std::string key = "base_model.model.model.layers.0.self_attn.v_proj.lora_magnitude_vector";
  StateDict missing = whole, surplus = whole, shaped = whole;
  missing.erase(key);
  surplus["base_model.model.model.layers.7.self_attn.v_proj.lora_A.weight"] = zeros({2, 12});
  shaped[key] = zeros({3});
  CHECK_THROWS_WITH(load_adapter_state_dict(model, missing), ContainsSubstring(key));
  CHECK_THROWS_WITH(load_adapter_state_dict(model, surplus), ContainsSubstring("layers.7"));
  CHECK_THROWS_WITH(load_adapter_state_dict(model, shaped), ContainsSubstring(key));
  CHECK(logits(model) == before);
}

TEST_CASE("training moves the magnitude, and DoRA's loss is then not LoRA's") {
  auto train = [](std::string kind) {
    SmallLlama model;
    add_adapter(model, config_of(kind));
    AdamW optimizer(model.trainable_parameters(), {.lr = 0.01});
    for (int step = 0; step < 3; ++step) {
      optimizer.zero_grad();
      backward(model.loss(tokens(), tokens()));
      optimizer.step();
    }
    auto state = adapter_state_dict(model);
    if (kind == "dora") {
      SmallLlama fresh;
      add_adapter(fresh, config_of(kind));
      for (auto& [name, x] : adapter_state_dict(fresh)) {
        INFO(name);
        CHECK(to_vector<double>(state.at(name)) != to_vector<double>(x));
      }
    }
    NoGrad no_grad;
    return item(model.loss(tokens(), tokens()));
  };
  CHECK(std::abs(train("dora") - train("lora")) > 1e-4);
}

TEST_CASE("rows of zeros in a weight, and a bias, survive every kind of adapter") {
  Generator g(3);
  struct Layer : Module {
    explicit Layer(Generator& g) : proj(6, 4, g, {.dtype = float64}) { child("proj", proj); }
    Linear proj;
  };
  for (const std::string& kind : all_kinds) {
    Layer model(g);
    {
      NoGrad no_grad;
      fill_(slice(model.proj.weight, 0, 1, 2), 0);
    }
    AdapterConfig config{.kind = kind, .rank = 2, .alpha = 3, .target_modules = {"proj"}};
    Tensor x = uniform({5, 6}, -1, 1, g, float64);
    Tensor plain = model.proj(x).detach();
    add_adapter(model, config);
    check_close(to_vector<double>(model.proj(x)), to_vector<double>(plain), 1e-12);
    backward(sum(model.proj(x)));
    for (const auto& [name, p] : model.trainable_parameters()) {
      for (double v : to_vector<double>(grad(p))) CHECK(std::isfinite(v));
    }
    // The bias is added as it is, whatever the magnitude.
    if (kind != "dora" && kind != "magnitude") continue;
    NoGrad no_grad;
    auto& layer = adapter_on(model.proj);
    copy_(part(layer, "magnitude"), part(layer, "magnitude") * 2.0);
    Tensor doubled = (plain - model.proj.bias) * 2.0 + model.proj.bias;
    check_close(to_vector<double>(model.proj(x)), to_vector<double>(doubled), 1e-12);
  }
}

TEST_CASE("dropout acts in training alone and is repeated by the same seed") {
  auto run = [](std::uint64_t seed, bool training) {
    SmallLlama model;
    AdapterConfig config = config_of("dora");
    config.dropout = 0.3;
    add_adapter(model, config, "default", {.seed = seed});
    disturb(model, "default", 12);
    model.train(training);
    return logits(model);
  };
  CHECK(run(1, true) == run(1, true));
  CHECK(run(1, true) != run(1, false));
}

TEST_CASE("an adapter's parameters are counted without memory for a weight") {
  Llama model(LlamaConfig{}, {.device = meta});
  add_adapter(model, {.kind = "dora", .rank = 32, .alpha = 64, .target_modules = qkv_up_down});
  std::int64_t trainable = 0;
  for (const auto& [name, x] : model.trainable_parameters()) trainable += x.numel();
  // The DoRA paper's table 1: 0.84 % of LLaMA-7B for rank 32.
  CHECK(100.0 * static_cast<double>(trainable) / (6738415616.0 + static_cast<double>(trainable)) ==
        Approx(0.84).margin(0.005));
}

TEST_CASE("adapters are named in the order they were added, and a second one freezes what was thawed") {
  SmallLlama model;
  AdapterConfig late = config_of("lora"), early = config_of("lora");
  late.target_modules = {"down_proj"};
  early.target_modules = {"q_proj"};
  add_adapter(model, late, "a");
  add_adapter(model, early, "b");
  CHECK(adapter_names(model) == std::vector<std::string>{"a", "b"});
  CHECK(active_adapters(model) == std::vector<std::string>{"b"});
  model.requires_grad(true);
  add_adapter(model, early, "c");
  for (const auto& [name, x] : model.trainable_parameters()) CHECK(name.find(".adapter.c.") != std::string::npos);
}
