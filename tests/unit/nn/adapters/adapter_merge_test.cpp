#include "adapted_llama.h"

using namespace adora;
using namespace adora::test;

TEST_CASE("merging gives DoRA's weight of the sum with the low-rank product, for layers that are not square") {
  SmallLlama model;
  add_adapter(model, config_of("dora"));
  disturb(model, "default", 2);
  Linear& down = model.model.layers[0]->mlp.down_proj;
  auto& layer = adapter_on(down);
  auto expected = dora_weight(down.weight, part(layer, "lora_A"), part(layer, "lora_B"), part(layer, "magnitude"), 2.5);
  merge_adapters(model);
  check_close(to_vector<double>(down.weight), expected, 1e-12);
}

TEST_CASE("a merged model computes what the adapted one does, and unmerging gives back the very same bits", "[long]") {
  for (const std::string& kind : all_kinds) {
    for (DType dtype : {float64, float32, bfloat16}) {
      SmallLlama model(dtype);
      std::map<std::string, std::vector<double>> before;
      for (auto& [name, x] : model.state_dict()) before[name] = to_vector<double>(x);
      add_adapter(model, config_of(kind));
      disturb(model, "default", 3);
      if (kind == "dora") {
        // A magnitude of nothing, after which nothing could be divided out again.
        NoGrad no_grad;
        const Adapter& q = adapter_on(model.model.layers[0]->self_attn.q_proj);
        fill_(slice(part(q, "magnitude"), 0, 0, 1), 0);
      }
      auto adapted = logits(model);
      merge_adapters(model);
      auto merged = logits(model);
      check_close(merged, adapted, dtype == float64 ? 1e-11 : dtype == float32 ? 1e-4 : 0.2);
      unmerge_adapters(model);
      CHECK(logits(model) == adapted);
      remove_adapter(model, "default");
      for (auto& [name, x] : model.state_dict()) CHECK(to_vector<double>(x) == before.at(name));
    }
  }
}

TEST_CASE("two adapters that were both trained add up, merged as unmerged") {
  SmallLlama model;
  add_adapter(model, config_of("dora"), "first");
  add_adapter(model, config_of("dora"), "second", {.seed = 9});
  disturb(model, "first", 4);
  disturb(model, "second", 5);
  CHECK(adapter_names(model) == std::vector<std::string>{"first", "second"});
  auto second = logits(model);  // the one added last is the active one
  activate_adapters(model, {"first"});
  auto first = logits(model);
  CHECK(largest_difference(first, second) > 1e-3);
  activate_adapters(model, {"first", "second"});
  auto both = logits(model);
  Linear& k = model.model.layers[0]->self_attn.k_proj;
  auto w = to_vector<double>(k.weight);
  const Adapter &one = adapter_on(k, "first"), &two = adapter_on(k, "second");
  auto w1 = dora_weight(k.weight, part(one, "lora_A"), part(one, "lora_B"), part(one, "magnitude"), 2.5);
  auto w2 = dora_weight(k.weight, part(two, "lora_A"), part(two, "lora_B"), part(two, "magnitude"), 2.5);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = w1[i] + w2[i] - w[i];
  merge_adapters(model);
  check_close(to_vector<double>(k.weight), w, 1e-12);
  check_close(logits(model), both, 1e-11);
  CHECK_THROWS_WITH(activate_adapters(model, {"first"}), ContainsSubstring("unmerge"));
  unmerge_adapters(model);
  activate_adapters(model, {});
  SmallLlama plain;
  CHECK(logits(model) == logits(plain));
  remove_adapter(model, "first");
  activate_adapters(model, {"second"});
  CHECK(logits(model) == second);
  CHECK_THROWS_WITH(activate_adapters(model, {"first"}), ContainsSubstring("second"));
  CHECK_THROWS_WITH(add_adapter(model, config_of("lora"), "second"), ContainsSubstring("already"));
}

TEST_CASE("an output layer tied to the embedding keeps the embedding as it is when merged") {
  LlamaConfig config = small_llama_config();
  config.tie_word_embeddings = true;
  auto make = [&] {
    auto model = std::make_unique<Llama>(config, ModelOptions{.dtype = float64});
    set_small_llama_weights(*model);
    return model;
  };
  auto model = make();
  AdapterConfig adapter{.kind = "dora", .rank = 2, .alpha = 3, .target_modules = {"lm_head", "q_proj"}};
  add_adapter(*model, adapter);
  disturb(*model, "default", 11);
  auto adapted = logits(*model);
  Tensor targets = tensor<std::int64_t>({5, 3, 9, 0, 2, 7, 1}, {1, 7});
  double loss = item(model->loss(tokens(), targets));
  auto embedding = to_vector<double>(model->model.embed_tokens.weight);
  fold_adapters(*model);
  CHECK(to_vector<double>(model->model.embed_tokens.weight) == embedding);
  check_close(logits(*model), adapted, 1e-11);
  CHECK(item(model->loss(tokens(), targets)) == Approx(loss).epsilon(1e-11));
  StateDict saved = model->state_dict();
  REQUIRE(saved.contains("lm_head.weight"));
  config.tie_word_embeddings = false;
  Llama loaded(config, {.dtype = float64});
  loaded.load_state_dict(saved);
  CHECK(logits(loaded) == logits(*model));
}

TEST_CASE("weights that are changed while adapters are merged into them are not silently put back") {
  SmallLlama model;
  const StateDict before = model.state_dict();
  add_adapter(model, config_of("dora"));
  disturb(model, "default", 3);
  merge_adapters(model);
  {
    NoGrad no_grad;
    const Tensor& weight = model.model.layers[0]->self_attn.q_proj.weight;
    copy_(weight, weight * 2.0);
  }
  CHECK_THROWS_WITH(unmerge_adapters(model), ContainsSubstring("merged"));
}
