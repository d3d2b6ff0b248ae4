#include <limits>

#include "../../refused.h"
#include "models/small_llama.h"

using namespace adora;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("modules refuse sizes and numbers that are none") {
  Generator g(1);
  const Tensor none, whole = zeros({2}, int64);
  check_refused({
      {"Linear", [&] { Linear(-1, 2, g); }},
      {"Linear", [&] { Linear(2, -1, g, {.bias = false}); }},
      {"normal", [&] { Linear(2, 2, g, {.deviation = -1}); }},
      {"normal", [&] { Linear(2, 2, g, {.deviation = not_a_number}); }},
      {"floating", [&] { Linear(2, 2, g, {.dtype = int64}); }},
      {"linear", [&] { Linear(2, 2, g)(none); }},
      {"linear", [&] { Linear(2, 2, g)(ones({3})); }},
      {"Embedding", [&] { Embedding(-1, 2, g); }},
      {"Embedding", [&] { Embedding(2, -2, g); }},
      {"embedding", [&] { Embedding(2, 2, g)(none); }},
      {"embedding", [&] { Embedding(2, 2, g)(full({1}, 2, int64)); }},
      {"[-1]", [] { LayerNorm(-1); }},
      {"layer_norm", [] { LayerNorm(2, -1)(ones({2})); }},
      {"[-1]", [] { RmsNorm(-1); }},
      {"rms_norm", [] { RmsNorm(2, not_a_number)(ones({2})); }},
      {"add_rms_norm", [] { RmsNorm(2).add(ones({2}), ones({3})); }},
      {"to", [&] { Linear(2, 2, g).to(int64); }},
      {"load_state_dict", [&] { Linear(2, 2, g).load_state_dict({}); }},
  });
}

TEST_CASE("the helpers of training refuse nonsense under their own names") {
  const Tensor none, a = ones({2, 3}), b = ones({3, 2});
  check_refused({
      {"grad_norm",
       [=] {
         grad_norm({{"none", none}});
       }},
      {"clip_grad_norm",
       [=] {
         clip_grad_norm({{"none", none}}, 1);
       }},
      {"clip_grad_norm", [=] { clip_grad_norm(Tensors{}, 0); }},
      {"clip_grad_norm", [=] { clip_grad_norm(Tensors{}, -1); }},
      {"clip_grad_norm", [=] { clip_grad_norm(Tensors{}, not_a_number); }},
      {"linear_schedule", [] { linear_schedule()(-1, 10); }},
      {"cosine_schedule", [] { cosine_schedule(-1); }},
      {"constant_schedule", [] { constant_schedule()(1, -10); }},
      {"same_bits", [=] { same_bits(a, none); }},
      {"there is no schedule", [] { schedule(""); }},
      {"weight_change", [=] { weight_change(none, a); }},
      {"weight_change", [=] { weight_change(a, b); }},
      {"weight_change", [=] { weight_change(FrozenMatrix(), none, none, 1, none); }},
      {"weight_change",
       [=] {
         weight_change(a, ones({1, 3}), none, 1, none);
       }},
      {"weight_change",
       [=] {
         weight_change(a, ones({1, 3}), ones({2, 1}), not_a_number, none);
       }},
      {"weight_change", [=] { weight_change(a, none, none, 1, ones({3})); }},
  });
}

TEST_CASE("adapters refuse configs that mean nothing") {
  struct OneLinear : Module {
    explicit OneLinear(Generator& g) : proj(4, 3, g) { child("proj", proj); }
    Linear proj;
  };
  Generator g(1);
  OneLinear model(g);
  const AdapterConfig good{.rank = 2, .target_modules = {"proj"}};
  const auto with = [&](auto change) {
    return [&model, config = good, change]() mutable {
      change(config);
      add_adapter(model, config);
    };
  };
  check_refused({
      {"add_adapter", [&] { add_adapter(model, good, ""); }},
      {"add_adapter", [&] { add_adapter(model, good, "a.b"); }},
      {"add_adapter", with([](AdapterConfig& c) { c.dropout = not_a_number; })},
      {"add_adapter", with([](AdapterConfig& c) { c.dropout = -1; })},
      {"add_adapter", with([](AdapterConfig& c) { c.dropout = 1; })},
      {"add_adapter", with([](AdapterConfig& c) { c.alpha = not_a_number; })},
      {"add_adapter", with([](AdapterConfig& c) {
         c.alpha_pattern = {{"proj", inf}};
       })},
      {"add_adapter", with([](AdapterConfig& c) { c.d_initial = not_a_number; })},
      {"rank", with([](AdapterConfig& c) { c.rank = 0; })},
      {"rank", with([](AdapterConfig& c) { c.rank = -1; })},
      {"proj", with([](AdapterConfig& c) { c.target_modules = {"nothing"}; })},
      {"proj", with([](AdapterConfig& c) { c.target_modules = {}; })},
      {"remove_adapter", [&] { remove_adapter(model, "default"); }},
      {"activate_adapters", [&] { activate_adapters(model, {"default"}); }},
      {"adapter", [&] { adapter(model); }},
      {"adapter_changes", [&] { adapter_changes(model); }},
  });
  CHECK(adapter_names(model).empty());
}

TEST_CASE("text is not generated from numbers that say nothing") {
  const Llama model(small_llama_config());
  Generator g(1);
  const Tensor none, logits = ones({2, 3});
  const auto drawn = [&](const Tensor& from, const Sampling& sampling) {
    return [&g, from, sampling] { sample(from, sampling, g); };
  };
  KvCache cache = model.make_cache(1, 8), other;
  check_refused({
      {"sample", drawn(none, {})},
      {"sample", drawn(ones({3}), {})},
      {"sample", drawn(ones({2, 0}), {})},
      {"sample", drawn(ones({2, 3}, int64), {})},
      {"sample", drawn(full({2, 3}, not_a_number), {})},
      {"sample", drawn(full({2, 3}, not_a_number), {.temperature = 1})},
      {"sample", drawn(full({2, 3}, inf), {.temperature = 1})},
      {"sample", drawn(logits, {.temperature = -1})},
      {"sample", drawn(logits, {.temperature = not_a_number})},
      {"sample", drawn(logits, {.temperature = 1, .top_k = 0})},
      {"sample", drawn(logits, {.temperature = 1, .top_k = -5})},
      {"sample", drawn(logits, {.temperature = 1, .top_p = 0})},
      {"sample", drawn(logits, {.temperature = 1, .top_p = 1.5})},
      {"sample", drawn(logits, {.temperature = 1, .top_p = not_a_number})},
      {"generate", [&] { generate(model, {{1}}, -1); }},
      {"generate", [&] { generate(model, {{1}}, most); }},
      {"CausalLm",
       [&] {
         generate(model, {{1}, {}}, 1);
       }},
      {"embedding", [&] { generate(model, {{11}}, 1); }},
      {"embedding", [&] { generate(model, {{-1}}, 1); }},
      {"CausalLm::make_cache", [&] { model.make_cache(-1, 8); }},
      {"CausalLm::make_cache", [&] { model.make_cache(1, most); }},
      {"CausalLm::hidden", [&] { model.hidden(none); }},
      {"CausalLm::hidden",
       [&] {
         model.logits(ones({1, 2}));
       }},
      {"CausalLm::loss", [&] { model.loss(none, none); }},
      {"CausalLm::loss",
       [&] {
         model.loss(zeros({1, 2}, int64), zeros({2, 2}, int64));
       }},
      {"CausalLm::prefill", [&] { model.prefill(none, {1}, cache); }},
      {"CausalLm::prefill",
       [&] {
         model.prefill(zeros({1, 2}, int64), {2}, other);
       }},
      {"CausalLm::prefill",
       [&] {
         model.prefill(zeros({1, 9}, int64), {9}, cache);
       }},
      {"CausalLm::prefill",
       [&] {
         model.prefill(zeros({1, 2}, int64), {-1}, cache);
       }},
      {"CausalLm::decode", [&] { model.decode(zeros({1}, int64), {1}, cache); }},
      {"CausalLm::decode", [&] { model.decode(zeros({1}, int64), {0}, other); }},
      {"KvCache", [&] { cache.make_room(most); }},
  });
  LlamaConfig config = small_llama_config();
  for (std::int64_t LlamaConfig::*size : {&LlamaConfig::hidden_size, &LlamaConfig::num_attention_heads,
                                          &LlamaConfig::num_key_value_heads, &LlamaConfig::head_dim}) {
    for (std::int64_t bad : {std::int64_t{0}, std::int64_t{-2}, most}) {
      LlamaConfig wrong = config;
      wrong.*size = bad;
      check_refused({{"llama", [&] { Llama model(wrong); }}});
    }
  }
}
