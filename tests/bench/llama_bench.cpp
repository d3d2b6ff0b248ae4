#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "../drawn.h"
#include "but_elementwise.h"

// Fine-tuning steps of a Llama: rank 32 on Q, K, V, Up and Down, or of all weights. peers.py has the same in PyTorch.

using namespace adora;

namespace {

struct Size {
  LlamaConfig config;
  std::int64_t texts;  ///< of 256 tokens
};

/// 24 million weights, with 16 texts a step.
const Size& small() {
  static const Size size{{.vocab_size = 32000,
                          .hidden_size = 288,
                          .intermediate_size = 768,
                          .num_hidden_layers = 6,
                          .num_attention_heads = 6,
                          .num_key_value_heads = 6,
                          .head_dim = 48},
                         16};
  return size;
}

/// 134 million, the sizes of SmolLM2-135M, with 4 texts a step.
const Size& large() {
  static const Size size{{.vocab_size = 49152,
                          .hidden_size = 576,
                          .intermediate_size = 1536,
                          .num_hidden_layers = 30,
                          .num_attention_heads = 9,
                          .num_key_value_heads = 3,
                          .head_dim = 64,
                          .tie_word_embeddings = true},
                         4};
  return size;
}

struct Training {
  const Size& size;
  std::string method;  ///< "full" or the kind of adapter
  double dropout = 0;
  DType dtype = float32;
  bool checkpointing = false;
};

void llama_step(benchmark::State& state, const Training& training) {
  Llama model(training.size.config, {.dtype = training.dtype});
  if (training.method != "full") {
    add_adapter(model, {.kind = training.method,
                        .rank = 32,
                        .alpha = 64,
                        .dropout = training.dropout,
                        .target_modules = {"q_proj", "k_proj", "v_proj", "up_proj", "down_proj"}});
  }
  model.set_gradient_checkpointing(training.checkpointing);
  AdamW optimizer(model.trainable_parameters(), {.lr = 1e-4});
  Generator generator(1);
  const Shape shape{training.size.texts, 256};
  const Tensor tokens = sample_indices(generator, shape, training.size.config.vocab_size),
               targets = sample_indices(generator, shape, training.size.config.vocab_size);
  auto step = [&] {
    optimizer.zero_grad();
    Tensor loss = model.loss(tokens, targets);
    backward(loss);
    optimizer.step();
    benchmark::DoNotOptimize(item(loss));
  };
  // The first step makes the gradients' memory, the second meets it as it will be.
  step(), step();
  reset_peak_memory();
  std::uint64_t asked = memory_stats().system_allocations;
  for (auto _ : state) step();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["tensors_MiB"] = static_cast<double>(memory_stats().peak) / (1 << 20);
  state.counters["rss_MiB"] = static_cast<double>(usage.ru_maxrss) / 1024;
  state.counters["system_allocations"] = static_cast<double>(memory_stats().system_allocations - asked);
}

/// A model's making and its first step, once.
void llama_first_step(benchmark::State& state) {
  for (auto _ : state) {
    Llama model(small().config);
    add_adapter(model, {.kind = "dora", .rank = 32, .target_modules = {"q_proj", "v_proj"}});
    AdamW optimizer(model.trainable_parameters(), {.lr = 1e-4});
    Generator generator(1);
    const Tensor tokens = sample_indices(generator, {1, 16}, 32000);
    backward(model.loss(tokens, tokens));
    optimizer.step();
  }
}
BENCHMARK(llama_first_step)->Iterations(1);

/// Greedy tokens after a prompt of 32, with the cache: without an adapter, with one merged, or with a live one.
void llama_decode(benchmark::State& state, const std::string& adapter, DType dtype) {
  Llama model(large().config, {.dtype = dtype});
  if (adapter != "bare")
    add_adapter(model, {.kind = "dora",
                        .rank = 32,
                        .alpha = 64,
                        .target_modules = {"q_proj", "k_proj", "v_proj", "up_proj", "down_proj"}});
  if (adapter == "merged") merge_adapters(model);
  model.eval();
  const std::vector<std::int64_t> prompt(32, 5);
  const std::int64_t count = 32;
  for (auto _ : state) {
    NoGrad no_grad;
    GrowingText text(model, 64);
    Tensor logits = text.read(prompt);
    for (std::int64_t i = 1; i < count; ++i) logits = text.add(static_cast<std::int64_t>(item(argmax(logits, 1))));
    benchmark::DoNotOptimize(logits);
  }
  state.SetItemsProcessed(state.iterations() * count);
}

void settings(benchmark::internal::Benchmark* b) { b->Unit(benchmark::kMillisecond)->UseRealTime(); }

[[maybe_unused]] const bool registered = [] {
  auto add = [](const std::string& name, const Training& training) {
    settings(benchmark::RegisterBenchmark(("llama_step/" + name).c_str(),
                                          [training](benchmark::State& state) { llama_step(state, training); }));
  };
  add("dora_dropout", {small(), "dora", 0.05});
  add("dora", {small(), "dora"});
  add("lora_dropout", {small(), "lora", 0.05});
  add("lora", {small(), "lora"});
  add("dora_dropout_checkpointed", {.size = small(), .method = "dora", .dropout = 0.05, .checkpointing = true});
  add("full", {small(), "full"});
  add("dora_dropout_bf16", {small(), "dora", 0.05, bfloat16});
  add("lora_dropout_bf16", {small(), "lora", 0.05, bfloat16});
  add("full_bf16", {small(), "full", 0, bfloat16});
  add("large_dora_dropout", {large(), "dora", 0.05});
  add("large_lora_dropout", {large(), "lora", 0.05});
  for (const char* adapter : {"bare", "merged", "live"})
    for (const DType dtype : {float32, bfloat16})
      settings(benchmark::RegisterBenchmark(
          fmt::format("llama_decode/{}_{}", adapter, dtype == float32 ? "f32" : "bf16").c_str(),
          [adapter, dtype](benchmark::State& state) { llama_decode(state, adapter, dtype); }));
  return true;
}();

}  // namespace
