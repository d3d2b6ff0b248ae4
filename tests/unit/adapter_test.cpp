#include "../catch.h"
#include "small_llama.h"

using namespace adora;

namespace {

const std::vector<std::string> qkv_up_down{"q_proj", "k_proj", "v_proj", "up_proj", "down_proj"};
const AdapterKind all_kinds[] = {AdapterKind::lora, AdapterKind::dora, AdapterKind::magnitude, AdapterKind::vera,
                                 AdapterKind::dvora};

AdapterConfig config_of(AdapterKind kind) {
  return {.kind = kind, .rank = 2, .alpha = 5, .target_modules = qkv_up_down};
}

Tensor tokens() { return tensor<std::int64_t>({1, 5, 3, 9, 0, 2, 7}, {1, 7}); }

std::vector<double> logits(const Llama& model) {
  NoGrad no_grad;
  return to_vector<double>(model.logits(tokens()));
}

struct SmallLlama : Llama {
  explicit SmallLlama(DType dtype = float64) : Llama(small_llama_config(), {.dtype = dtype}) {
    set_small_llama_weights(*this);
  }
};

/// Gives every tensor of an adapter numbers that are neither 0 nor 1.
void disturb(Llama& model, const std::string& name, std::uint64_t seed) {
  NoGrad no_grad;
  Generator g(seed, 77);
  for (auto& [key, x] : adapter_state_dict(model, name)) {
    copy_(x, x + uniform(x.shape(), -0.4, 0.4, g, x.dtype()));
  }
}

void check_close(const std::vector<double>& a, const std::vector<double>& b, double tolerance = 1e-10) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  CHECK(worst < tolerance);
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

/// A plain loop: the weight that DoRA stands for.
std::vector<double> dora_weight(const Tensor& weight, const Tensor& A, const Tensor& B, const Tensor& m, double scale) {
  auto w = to_vector<double>(weight), a = to_vector<double>(A), b = to_vector<double>(B), mag = to_vector<double>(m);
  auto out = static_cast<std::size_t>(weight.size(0)), in = static_cast<std::size_t>(weight.size(1));
  auto rank = static_cast<std::size_t>(A.size(0));
  for (std::size_t j = 0; j < out; ++j) {
    double squares = 0;
    for (std::size_t i = 0; i < in; ++i) {
      for (std::size_t r = 0; r < rank; ++r) w[j * in + i] += scale * b[j * rank + r] * a[r * in + i];
      squares += w[j * in + i] * w[j * in + i];
    }
    for (std::size_t i = 0; i < in; ++i) w[j * in + i] *= mag[j] / std::sqrt(squares);
  }
  return w;
}

}  // namespace

TEST_CASE("a fresh adapter of any kind leaves the model's output as it was") {
  for (AdapterKind kind : all_kinds) {
    SmallLlama model;
    auto before = logits(model);
    add_adapter(model, config_of(kind));
    check_close(logits(model), before, 1e-12);
  }
}

TEST_CASE("with an adapter only its own tensors are trained") {
  SmallLlama model;
  add_adapter(model, config_of(AdapterKind::dora));
  for (const auto& [name, x] : model.trainable_parameters()) CHECK(name.find(".adapter.default.") != std::string::npos);
  CHECK(model.trainable_parameters().size() == 3 * 5 * 2);
  backward(model.loss(tokens(), tokens()));
  CHECK_FALSE(grad(model.model.embed_tokens.weight).defined());
  CHECK_FALSE(grad(model.model.layers[0]->self_attn.q_proj.weight).defined());
}

TEST_CASE("alpha over rank scales what an adapter adds") {
  SmallLlama model;
  add_adapter(model, config_of(AdapterKind::lora));
  disturb(model, "default", 1);
  Linear& q = model.model.layers[1]->self_attn.q_proj;
  auto& layer = *dynamic_cast<AdaptedLinear&>(*q.adapter()).find("default");
  CHECK(layer.scale() == 2.5);
  Generator g(4);
  Tensor x = uniform({3, 12}, -1, 1, g, float64);
  NoGrad no_grad;
  Tensor expected =
      matmul(x, transpose(q.weight)) + matmul(matmul(x, transpose(layer.lora_A)), transpose(layer.lora_B)) * 2.5;
  check_close(to_vector<double>(q(x)), to_vector<double>(expected));
}

TEST_CASE("merging gives DoRA's weight of the sum with the low-rank product, for layers that are not square") {
  SmallLlama model;
  add_adapter(model, config_of(AdapterKind::dora));
  disturb(model, "default", 2);
  Linear& down = model.model.layers[0]->mlp.down_proj;
  auto& layer = *dynamic_cast<AdaptedLinear&>(*down.adapter()).find("default");
  auto expected = dora_weight(down.weight, layer.lora_A, layer.lora_B, layer.magnitude, 2.5);
  merge_adapters(model);
  check_close(to_vector<double>(down.weight), expected, 1e-12);
}

TEST_CASE("a merged model computes what the adapted one does, and unmerging gives back the very same bits") {
  for (AdapterKind kind : all_kinds) {
    for (DType dtype : {float64, float32, bfloat16}) {
      SmallLlama model(dtype);
      std::map<std::string, std::vector<double>> before;
      for (auto& [name, x] : model.state_dict()) before[name] = to_vector<double>(x);
      add_adapter(model, config_of(kind));
      disturb(model, "default", 3);
      if (kind == AdapterKind::dora) {
        // A magnitude of nothing, after which nothing could be divided out again.
        NoGrad no_grad;
        auto& q = dynamic_cast<AdaptedLinear&>(*model.model.layers[0]->self_attn.q_proj.adapter());
        fill_(slice(q.find("default")->magnitude, 0, 0, 1), 0);
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
  add_adapter(model, config_of(AdapterKind::dora), "first");
  add_adapter(model, config_of(AdapterKind::dora), "second", {.seed = 9});
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
  auto& adapters = dynamic_cast<AdaptedLinear&>(*k.adapter());
  auto w = to_vector<double>(k.weight);
  auto one = adapters.find("first"), two = adapters.find("second");
  auto w1 = dora_weight(k.weight, one->lora_A, one->lora_B, one->magnitude, 2.5);
  auto w2 = dora_weight(k.weight, two->lora_A, two->lora_B, two->magnitude, 2.5);
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
  CHECK_THROWS_WITH(add_adapter(model, config_of(AdapterKind::lora), "second"), ContainsSubstring("already"));
}

TEST_CASE("an adapter saved under PEFT's names and loaded elsewhere computes the same") {
  for (AdapterKind kind : all_kinds) {
    SmallLlama model, other;
    add_adapter(model, config_of(kind), "default", {.seed = 1});
    disturb(model, "default", 6);
    StateDict saved = adapter_state_dict(model);
    add_adapter(other, config_of(kind), "other", {.seed = 2});
    load_adapter_state_dict(other, saved, "other");
    CHECK(logits(other) == logits(model));
  }
  SmallLlama model;
  add_adapter(model, config_of(AdapterKind::dora));
  StateDict saved = adapter_state_dict(model);
  CHECK(saved.size() == 3 * 5 * 2);
  CHECK(saved.contains("base_model.model.model.layers.1.mlp.up_proj.lora_A.weight"));
  CHECK(saved.contains("base_model.model.model.layers.1.mlp.up_proj.lora_B.weight"));
  CHECK(saved.contains("base_model.model.model.layers.1.mlp.up_proj.lora_magnitude_vector"));
}

TEST_CASE("a missing or surplus tensor of an adapter is an error, and nothing is changed") {
  SmallLlama model;
  add_adapter(model, config_of(AdapterKind::dora));
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

TEST_CASE("a pattern that matches nothing is an error that lists the modules there are") {
  SmallLlama model;
  AdapterConfig config = config_of(AdapterKind::lora);
  config.target_modules = {"q_proj", "qkv_proj"};
  CHECK_THROWS_WITH(add_adapter(model, config),
                    ContainsSubstring("'qkv_proj'") && ContainsSubstring("model.layers.N.self_attn.q_proj"));
  config.target_modules = {"proj"};
  CHECK_THROWS_WITH(add_adapter(model, config), ContainsSubstring("'proj'"));
  config.target_modules = {"q_proj"};
  config.rank_pattern = {{"o_projection", 4}};
  CHECK_THROWS_WITH(add_adapter(model, config), ContainsSubstring("o_projection"));
  config.rank_pattern = {};
  config.target_regex = "(";
  CHECK_THROWS_WITH(add_adapter(model, config), ContainsSubstring("'('"));
  config.target_regex = ".*nothing";
  CHECK_THROWS_WITH(add_adapter(model, config), ContainsSubstring("lm_head"));
  CHECK(adapter_names(model).empty());
}

TEST_CASE("modules are chosen by name, by expression, by layer and by exclusion") {
  auto chosen = [](AdapterConfig config) {
    SmallLlama model;
    add_adapter(model, config);
    std::vector<std::string> names;
    for (auto& [name, module] : model.named_modules()) {
      auto* linear = dynamic_cast<Linear*>(module);
      if (linear && linear->adapter()) names.push_back(name);
    }
    return names;
  };
  AdapterConfig config{.kind = AdapterKind::lora, .rank = 2, .alpha = 6};
  config.target_modules = {"layers.1.mlp.up_proj"};
  CHECK(chosen(config) == std::vector<std::string>{"model.layers.1.mlp.up_proj"});
  config.target_regex = ".*\\.[qk]_proj";
  config.layers_to_transform = {0};
  CHECK(chosen(config) ==
        std::vector<std::string>{"model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.k_proj"});
  config.target_regex = "all-linear";
  config.exclude_modules = {"mlp.down_proj", "self_attn.o_proj"};
  CHECK(chosen(config).size() == 5);
}

TEST_CASE("rank and alpha follow their patterns in whatever order they are written") {
  SmallLlama model;
  AdapterConfig config = config_of(AdapterKind::dora);
  config.rank_pattern = {{"layers.1.self_attn.q_proj", 5}, {"q_proj", 3}, {"self_attn.v_proj", 4}};
  config.alpha_pattern = {{"v_proj", 10}, {"layers.0.*", 8}};
  add_adapter(model, config);
  auto layer = [&](Linear& linear) { return dynamic_cast<AdaptedLinear&>(*linear.adapter()).find("default"); };
  auto& blocks = model.model.layers;
  CHECK(layer(blocks[0]->self_attn.q_proj)->rank() == 3);
  CHECK(layer(blocks[0]->self_attn.q_proj)->scale() == Approx(8.0 / 3));
  CHECK(layer(blocks[1]->self_attn.q_proj)->rank() == 5);
  CHECK(layer(blocks[1]->self_attn.q_proj)->scale() == Approx(1));
  CHECK(layer(blocks[1]->self_attn.v_proj)->rank() == 4);
  CHECK(layer(blocks[1]->self_attn.v_proj)->scale() == Approx(2.5));
  CHECK(layer(blocks[1]->mlp.up_proj)->rank() == 2);
  // Saved and loaded key by key, ranks and all.
  disturb(model, "default", 8);
  SmallLlama other;
  add_adapter(other, config);
  load_adapter_state_dict(other, adapter_state_dict(model));
  CHECK(logits(other) == logits(model));
}

TEST_CASE("rank-stabilised scale divides by the root of the rank") {
  SmallLlama model;
  AdapterConfig config = config_of(AdapterKind::lora);
  config.rank = 9;
  config.use_rslora = true;
  add_adapter(model, config);
  CHECK(dynamic_cast<AdaptedLinear&>(*model.model.layers[0]->mlp.up_proj.adapter()).find("default")->scale() ==
        Approx(5.0 / 3));
}

TEST_CASE("the magnitude alone can be trained on other modules beside an adapter") {
  SmallLlama model;
  AdapterConfig config = config_of(AdapterKind::dora);
  config.magnitude_modules = {"o_proj", "gate_proj"};
  add_adapter(model, config);
  auto& o = *dynamic_cast<AdaptedLinear&>(*model.model.layers[0]->self_attn.o_proj.adapter()).find("default");
  CHECK(o.kind() == AdapterKind::magnitude);
  CHECK_FALSE(o.lora_A.defined());
  CHECK(o.magnitude.shape() == Shape{12});
  auto before = logits(model);
  {
    NoGrad no_grad;
    copy_(o.magnitude, o.magnitude * 2.0);
  }
  CHECK(largest_difference(logits(model), before) > 1e-3);
}

TEST_CASE("training moves the magnitude, and DoRA's loss is then not LoRA's") {
  auto train = [](AdapterKind kind) {
    SmallLlama model;
    add_adapter(model, config_of(kind));
    AdamW optimizer(model.trainable_parameters(), {.lr = 0.01});
    for (int step = 0; step < 3; ++step) {
      optimizer.zero_grad();
      backward(model.loss(tokens(), tokens()));
      optimizer.step();
    }
    auto state = adapter_state_dict(model);
    if (kind == AdapterKind::dora) {
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
  CHECK(std::abs(train(AdapterKind::dora) - train(AdapterKind::lora)) > 1e-4);
}

TEST_CASE("rows of zeros in a weight, and a bias, survive every kind of adapter") {
  Generator g(3);
  struct Layer : Module {
    explicit Layer(Generator& g) : proj(6, 4, g, {.dtype = float64}) { child("proj", proj); }
    Linear proj;
  };
  for (AdapterKind kind : all_kinds) {
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
    if (kind != AdapterKind::dora && kind != AdapterKind::magnitude) continue;
    NoGrad no_grad;
    auto& layer = *dynamic_cast<AdaptedLinear&>(*model.proj.adapter()).find("default");
    copy_(layer.magnitude, layer.magnitude * 2.0);
    Tensor doubled = (plain - model.proj.bias) * 2.0 + model.proj.bias;
    check_close(to_vector<double>(model.proj(x)), to_vector<double>(doubled), 1e-12);
  }
}

TEST_CASE("an output layer tied to the embedding keeps the embedding as it is when merged") {
  LlamaConfig config = small_llama_config();
  config.tie_word_embeddings = true;
  auto make = [&] {
    auto model = std::make_unique<Llama>(config, LlamaOptions{.dtype = float64});
    set_small_llama_weights(*model);
    return model;
  };
  auto model = make();
  AdapterConfig adapter{.kind = AdapterKind::dora, .rank = 2, .alpha = 3, .target_modules = {"lm_head", "q_proj"}};
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

TEST_CASE("dropout acts in training alone and is repeated by the same seed") {
  auto run = [](std::uint64_t seed, bool training) {
    SmallLlama model;
    AdapterConfig config = config_of(AdapterKind::dora);
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
  add_adapter(model, {.kind = AdapterKind::dora, .rank = 32, .alpha = 64, .target_modules = qkv_up_down});
  std::int64_t trainable = 0;
  for (const auto& [name, x] : model.trainable_parameters()) trainable += x.numel();
  // The DoRA paper's table 1: 0.84 % of LLaMA-7B for rank 32.
  CHECK(100.0 * static_cast<double>(trainable) / (6738415616.0 + static_cast<double>(trainable)) ==
        Approx(0.84).margin(0.005));
}

TEST_CASE("adapters are named in the order they were added, and a second one freezes what was thawed") {
  SmallLlama model;
  AdapterConfig late = config_of(AdapterKind::lora), early = config_of(AdapterKind::lora);
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

TEST_CASE("weights that are changed while adapters are merged into them are not silently put back") {
  SmallLlama model;
  const StateDict before = model.state_dict();
  add_adapter(model, config_of(AdapterKind::dora));
  disturb(model, "default", 3);
  merge_adapters(model);
  {
    NoGrad no_grad;
    const Tensor& weight = model.model.layers[0]->self_attn.q_proj.weight;
    copy_(weight, weight * 2.0);
  }
  CHECK_THROWS_WITH(unmerge_adapters(model), ContainsSubstring("merged"));
}

namespace {

/// One Linear of 6 numbers in, 4 out, with a bias.
struct OneLinear : Module {
  explicit OneLinear(std::uint64_t seed = 3) : OneLinear(Generator(seed)) {}
  explicit OneLinear(Generator g) : proj(6, 4, g, {.dtype = float64}) { child("proj", proj); }
  AdapterLayer& layer() { return *dynamic_cast<AdaptedLinear&>(*proj.adapter()).find("default"); }
  Linear proj;
};

/// Gives an adapter's tensors numbers that are neither 0 nor 1.
void disturb_layer(AdapterLayer& layer) {
  NoGrad no_grad;
  Generator g(13);
  for (const Tensor& t : {layer.lora_A, layer.lora_B, layer.magnitude})
    if (t.defined()) copy_(t, t + uniform(t.shape(), -0.4, 0.4, g, t.dtype()));
}

}  // namespace

TEST_CASE("an adapter drops what its options say, on the low-rank branch alone or as the reference does") {
  for (const bool reference : {false, true}) {
    CAPTURE(reference);
    OneLinear model;
    add_adapter(model, {.kind = AdapterKind::dora, .rank = 2, .alpha = 5, .dropout = 0.3, .target_modules = {"proj"}},
                "default", {.seed = 4, .reference_dropout = reference});
    AdapterLayer& layer = model.layer();
    disturb_layer(layer);
    Generator g(6);
    const Tensor x = uniform({7, 6}, -1, 1, g, float64);
    Generator same = adapter(model).dropout_generator;
    const auto found = to_vector<double>(model.proj(x));
    const auto dropped = to_vector<double>(dropout(x, 0.3, same)), from = to_vector<double>(x);
    CHECK(same.offset() == adapter(model).dropout_generator.offset());
    const auto w = to_vector<double>(model.proj.weight), bias = to_vector<double>(model.proj.bias),
               a = to_vector<double>(layer.lora_A), b = to_vector<double>(layer.lora_B),
               m = to_vector<double>(layer.magnitude);
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
  add_adapter(model, {.kind = AdapterKind::dora, .rank = 2, .alpha = 5, .target_modules = {"proj"}});
  AdapterLayer& layer = model.layer();
  disturb_layer(layer);
  Generator g(6);
  const Tensor x = uniform({7, 6}, -1, 1, g, float64);
  auto check_output = [&] {
    const auto v = dora_weight(model.proj.weight, layer.lora_A, layer.lora_B, layer.magnitude, 2.5);
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
  add_adapter(other, {.kind = AdapterKind::dora, .rank = 2, .alpha = 5, .target_modules = {"proj"}}, "default",
              {.seed = 9});
  disturb_layer(other.layer());
  load_adapter_state_dict(model, adapter_state_dict(other));
  check_output();
  model.load_state_dict(other.state_dict());  // another weight under the same adapter
  check_output();
  CHECK(to_vector<double>(model.proj(x)) == to_vector<double>(other.proj(x)));
}

TEST_CASE("a Llama whose adapters drop has the same gradients with its blocks computed anew") {
  for (const bool reference : {false, true}) {
    for (const bool detach : {false, true}) {
      CAPTURE(reference, detach);
      auto gradients = [&](bool checkpointing, double dropout) {
        SmallLlama model;
        AdapterConfig config = config_of(AdapterKind::dora);
        config.dropout = dropout;
        add_adapter(model, config, "default", {.seed = 5, .reference_dropout = reference, .detach_norm = detach});
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
      const auto plain = gradients(false, 0.3);
      check_close(gradients(true, 0.3), plain, 1e-9);
      CHECK(largest_difference(gradients(true, 0), plain) > 1e-3);
    }
  }
}
