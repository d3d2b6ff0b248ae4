#include "../../../drawn.h"
#include "small_llama.h"

using namespace adora;

namespace {

// transformers' LlamaForCausalLM with the same weights, made to compute everything in float64.
const std::vector<double> last_of_first{0.226823449448976,  0.300367443784054,  -0.538778260695155, 0.259195431943379,
                                        0.269583766681017,  -0.539179014686362, 0.290395323047865,  0.237581021751754,
                                        -0.537141581106126, 0.320282035693664,  0.204503926599892};
const std::vector<double> fourth_of_second{-1.47744523608146, 0.303935936248798, 1.16178426953681,  -1.5105387156522,
                                           0.407026963747548, 1.08780974726486,  -1.53680148293192, 0.508277400167617,
                                           1.00891610882999,  -1.55611477670955, 0.607229387267191};
const double loss = 3.01060889064842;
const std::vector<Gradient> expected_gradients = {
    {"model.embed_tokens.weight", 0.501173246912117, 0.0746253105889778},
    {"model.layers.0.self_attn.q_proj.weight", 0.0822681943935412, 0.00225568043429674},
    {"model.layers.0.self_attn.k_proj.weight", 0.0935731772610704, -0.013253646310142},
    {"model.layers.0.self_attn.v_proj.weight", 1.04433737496929, 0.198334335221546},
    {"model.layers.0.self_attn.o_proj.weight", 2.51651304526673, -0.529344466569492},
    {"model.layers.0.mlp.gate_proj.weight", 0.962348187668395, 0.0395976589127885},
    {"model.layers.0.mlp.up_proj.weight", 0.596840730044043, -0.00330190961981719},
    {"model.layers.0.mlp.down_proj.weight", 0.88041444515377, 0.00937550216271599},
    {"model.layers.0.input_layernorm.weight", 0.13466162313716, -0.0256200191485439},
    {"model.layers.0.post_attention_layernorm.weight", 0.0446995060709925, 0.0123493172483359},
    {"model.layers.1.self_attn.q_proj.weight", 0.0676963936412475, 0.0016597118437148},
    {"model.layers.1.self_attn.k_proj.weight", 0.0643548422999129, 0.00644865423716229},
    {"model.layers.1.self_attn.v_proj.weight", 0.405220634150162, -0.071366221154493},
    {"model.layers.1.self_attn.o_proj.weight", 1.0067882342635, 0.176040650590893},
    {"model.layers.1.mlp.gate_proj.weight", 1.07770066424307, -0.0961198313948682},
    {"model.layers.1.mlp.up_proj.weight", 0.663601709400476, -0.070244832930553},
    {"model.layers.1.mlp.down_proj.weight", 1.43330802390395, -0.0669226971470563},
    {"model.layers.1.input_layernorm.weight", 0.0626114969095668, -0.0271767842673542},
    {"model.layers.1.post_attention_layernorm.weight", 0.0817789480275571, -0.0181686952251228},
    {"model.norm.weight", 0.41632974687511, 0.154541482763174},
    {"lm_head.weight", 1.27338144034296, -0.0195833787470186},
};

}  // namespace

TEST_CASE("logits of a small Llama are those of transformers") {
  Llama model(small_llama_config(), {.dtype = float64});
  set_small_llama_weights(model);
  Tensor logits = model.logits(two_texts());
  compare(select(select(logits, 0, 0), 0, -1), last_of_first, 1e-11);
  compare(select(select(logits, 0, 1), 0, 3), fourth_of_second, 1e-11);
  Llama narrow(small_llama_config());
  set_small_llama_weights(narrow);
  compare(select(select(narrow.logits(two_texts()), 0, 0), 0, -1), last_of_first, 2e-5);
}

TEST_CASE("the loss of a small Llama and its gradients in every weight are those of transformers") {
  Llama model(small_llama_config(), {.dtype = float64});
  set_small_llama_weights(model);
  check_loss(model, loss, expected_gradients);
}

TEST_CASE("what pads a row on its right changes no logit before it") {
  Llama model(small_llama_config(), {.dtype = float64});
  NoGrad no_grad;
  Tensor a = tensor<std::int64_t>({1, 2, 3, 4}, {1, 4}), b = tensor<std::int64_t>({1, 2, 9, 9}, {1, 4});
  Tensor la = slice(model.logits(a), 1, 0, 2), lb = slice(model.logits(b), 1, 0, 2);
  CHECK(to_vector<double>(la) == to_vector<double>(lb));
}

TEST_CASE("tied embeddings are one parameter, and sizes that don't fit are errors") {
  LlamaConfig config = small_llama_config();
  config.tie_word_embeddings = true;
  Llama tied(config);
  CHECK(tied.lm_head.weight.is(tied.model.embed_tokens.weight));
  CHECK_FALSE(tied.state_dict().contains("lm_head.weight"));
  tied.to(float64);
  CHECK(tied.lm_head.weight.is(tied.model.embed_tokens.weight));
  config.num_key_value_heads = 2;
  CHECK_THROWS_WITH(Llama(config), ContainsSubstring("num_key_value_heads"));
  config = small_llama_config();
  config.vocab_size = 0;
  CHECK_THROWS_WITH(Llama(config), ContainsSubstring("vocab_size"));
}

TEST_CASE("a Llama of seven billion weights is counted without memory for one") {
  std::size_t before = memory_stats().current;
  Llama model(LlamaConfig{}, {.device = meta});
  std::int64_t count = 0;
  for (const Tensor& x : model.parameters()) count += x.numel();
  CHECK(count == 6738415616);  // LLaMA-7B as published
  CHECK(memory_stats().current == before);
}

TEST_CASE("logits from the cache, of rows of different lengths, are those of the whole texts") {
  Llama model(small_llama_config(), {.dtype = float64});
  set_small_llama_weights(model);
  NoGrad no_grad;
  Tensor whole = model.logits(two_texts());
  auto row = [&](std::int64_t text, std::int64_t at) {
    return to_vector<double>(select(select(whole, 0, text), 0, at));
  };
  KvCache cache = model.make_cache(2, 7);
  Tensor first = model.prefill(slice(two_texts(), 1, 0, 5), {5, 3}, cache);
  compare(select(first, 0, 0), row(0, 4), 1e-11);
  compare(select(first, 0, 1), row(1, 2), 1e-11);
  // The second text alone, then both, the order of rows exchanged.
  compare(select(model.decode(tensor<std::int64_t>({8}), {1}, cache), 0, 0), row(1, 3), 1e-11);
  Tensor both = model.decode(tensor<std::int64_t>({6, 2}), {1, 0}, cache);
  compare(select(both, 0, 0), row(1, 4), 1e-11);
  compare(select(both, 0, 1), row(0, 5), 1e-11);
  CHECK(cache.lengths == std::vector<std::int64_t>{6, 5});
  model.decode(tensor<std::int64_t>({7}), {0}, cache);
  CHECK_THROWS_WITH(model.decode(tensor<std::int64_t>({7}), {0}, cache), ContainsSubstring("row 0"));
}

TEST_CASE("a cache takes memory as its texts grow, and what was in it stays") {
  Llama model(small_llama_config(), {.dtype = float64});
  set_small_llama_weights(model);
  NoGrad no_grad;
  Generator g(3);
  const std::int64_t length = 200;
  Tensor text = sample_indices(g, {1, length}, small_llama_config().vocab_size);
  const std::uint64_t before = memory_stats().current;
  KvCache cache = model.make_cache(1, std::int64_t{1} << 40);
  model.prefill(slice(text, 1, 0, 5), {5}, cache);
  CHECK(memory_stats().current - before < 1 << 20);
  const std::int64_t first = cache.room;
  Tensor last;
  for (std::int64_t t = 5; t < length; ++t) last = model.decode(select(text, 1, t), {0}, cache);
  CHECK(cache.room >= length);
  CHECK(cache.room > first);
  compare(select(last, 0, 0), to_vector<double>(select(select(model.logits(text), 0, 0), 0, length - 1)), 1e-10);
}

TEST_CASE("gradients with every block computed anew are those without, and take less memory") {
  LlamaConfig config = small_llama_config();
  config.num_hidden_layers = 6;
  auto run = [&](bool checkpointing) {
    Llama model(config, {.dtype = float64});
    set_small_llama_weights(model);
    add_adapter(model, {.kind = "dora", .rank = 2, .alpha = 6, .dropout = 0.2, .target_modules = {"q_proj"}});
    model.set_gradient_checkpointing(checkpointing);
    Generator g(8);
    Tensor tokens = sample_indices(g, {4, 64}, 11);
    reset_peak_memory();
    std::size_t before = memory_stats().current;
    backward(model.loss(tokens, tokens));
    std::vector<double> result{static_cast<double>(memory_stats().peak - before)};
    for (const auto& [name, x] : model.trainable_parameters()) {
      for (double v : to_vector<double>(grad(x))) result.push_back(v);
    }
    return result;
  };
  auto with = run(true), without = run(false);
  CHECK(with[0] < 0.6 * without[0]);
  REQUIRE(with.size() == without.size());
  // Not bit for bit: without a gradient to take, an op may take another way to the same numbers.
  for (std::size_t i = 1; i < with.size(); ++i) CHECK(with[i] == Approx(without[i]).epsilon(1e-9).margin(1e-14));
}

TEST_CASE("a block that writes to a cache refuses to be recorded; the model's own functions need no gradient") {
  Llama model(small_llama_config(), {.dtype = float64});
  set_small_llama_weights(model);
  const Tensor text = slice(two_texts(), 0, 0, 1);
  KvCache cache = model.make_cache(1, 8);
  cache.make_room(8);
  const DecoderBlock<>& block = *model.model.layers[0];
  const Tensor x = model.model.embed_tokens(text);
  CHECK_THROWS_WITH(block({x}, {&cache.layers[0]}), ContainsSubstring("copy_") && ContainsSubstring("has no gradient"));
  const Tensor rows = tensor<std::int64_t>({0}), positions = tensor<std::int64_t>({7});
  const KvCache::Step step{rows, positions};
  auto decode = [&] { return block({select(x, 1, 0)}, {&cache.layers[0], &step}); };
  CHECK_THROWS_WITH(decode(), ContainsSubstring("decode_attention") && ContainsSubstring("has no gradient"));
  CHECK_NOTHROW(model.prefill(text, {7}, cache));
  CHECK_NOTHROW(model.decode(tensor<std::int64_t>({3}), {0}, cache));
  model.requires_grad(false);
  CHECK_NOTHROW(block({x.detach()}, {&cache.layers[0]}));
  const Tensor frozen = x.detach();
  CHECK_NOTHROW(block({select(frozen, 1, 0)}, {&cache.layers[0], &step}));
}
