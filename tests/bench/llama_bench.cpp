#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "but_elementwise.h"

// One fine-tuning step of a Llama of 24 million weights: 16 texts of 256 tokens, rank 32 on Q, K, V, Up and Down.

using namespace adora;

namespace {

void llama_step(benchmark::State& state, std::string kind, double dropout, bool checkpointing) {
  LlamaConfig config{.vocab_size = 32000,
                     .hidden_size = 288,
                     .intermediate_size = 768,
                     .num_hidden_layers = 6,
                     .num_attention_heads = 6,
                     .num_key_value_heads = 6,
                     .head_dim = 48};
  Llama model(config);
  add_adapter(model, {.kind = kind,
                      .rank = 32,
                      .alpha = 64,
                      .dropout = dropout,
                      .target_modules = {"q_proj", "k_proj", "v_proj", "up_proj", "down_proj"}});
  model.set_gradient_checkpointing(checkpointing);
  AdamW optimizer(model.trainable_parameters(), {.lr = 1e-4});
  Generator generator(1);
  Tensor tokens = empty({16, 256}, int64), targets = empty({16, 256}, int64);
  for (std::int64_t i = 0; i < tokens.numel(); ++i) {
    tokens.data<std::int64_t>()[i] = static_cast<std::int64_t>(generator.below(32000));
    targets.data<std::int64_t>()[i] = static_cast<std::int64_t>(generator.below(32000));
  }
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

void settings(benchmark::internal::Benchmark* b) { b->Unit(benchmark::kMillisecond)->UseRealTime(); }

BENCHMARK_CAPTURE(llama_step, dora_dropout, "dora", 0.05, false)->Apply(settings);
BENCHMARK_CAPTURE(llama_step, dora, "dora", 0.0, false)->Apply(settings);
BENCHMARK_CAPTURE(llama_step, lora_dropout, "lora", 0.05, false)->Apply(settings);
BENCHMARK_CAPTURE(llama_step, lora, "lora", 0.0, false)->Apply(settings);
BENCHMARK_CAPTURE(llama_step, dora_dropout_checkpointed, "dora", 0.05, true)->Apply(settings);

}  // namespace
