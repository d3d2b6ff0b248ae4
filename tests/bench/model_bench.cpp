#include <benchmark/benchmark.h>

#include "../drawn.h"
#include "but_elementwise.h"

// The parts of a Llama's training step other than its linear layers. Widths 288 and 128 are those of the 24-million-
// parameter model (6 heads, vocabulary 32,000) and of the built-in one (4 heads, 330); batches are 16 x 256 tokens.

using namespace adora;

namespace {

Generator& generator() {
  static Generator one(1);
  return one;
}

Tensor leaf(const Shape& shape) { return requires_grad(uniform(shape, -1, 1, generator())); }

/// Times forward and backward; `system` counts how often the system was asked for memory in a step, which in a
/// steady state is never.
template <class F> void run(benchmark::State& state, const Tensors& leaves, F&& forward) {
  Tensor upstream;
  auto step = [&] {
    for (const Tensor& x : leaves) clear_grad(x);
    Tensor y = forward();
    if (!upstream.defined()) upstream = ones_like(y);
    backward(y, upstream);
  };
  step();
  step();
  std::uint64_t before = memory_stats().system_allocations;
  reset_peak_memory();
  for (auto _ : state) step();
  state.counters["system"] = static_cast<double>(memory_stats().system_allocations - before);
  state.counters["peak"] = benchmark::Counter(static_cast<double>(memory_stats().peak), benchmark::Counter::kDefaults,
                                              benchmark::Counter::kIs1024);
}

void attention(benchmark::State& state) {
  std::int64_t batch = state.range(0), heads = state.range(1), kv_heads = state.range(2), tokens = state.range(3),
               d = state.range(4);
  Tensor q = leaf({batch, tokens, heads, d}), k = leaf({batch, tokens, kv_heads, d}),
         v = leaf({batch, tokens, kv_heads, d});
  run(state, {q, k, v}, [&] {
    return scaled_dot_product_attention(transpose(q, 1, 2), transpose(k, 1, 2), transpose(v, 1, 2), {.causal = true});
  });
}
BENCHMARK(attention)
    ->ArgNames({"batch", "heads", "kv", "tokens", "d"})
    ->Args({16, 6, 6, 256, 48})
    ->Args({16, 4, 4, 256, 32})
    ->Args({2, 16, 4, 1024, 64})
    ->Args({1, 8, 8, 2048, 128})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void attention_one_query(benchmark::State& state) {
  Tensor q = uniform({1, 6, 1, 48}, -1, 1, generator()), k = uniform({1, 6, state.range(0), 48}, -1, 1, generator());
  NoGrad no_grad;
  for (auto _ : state) benchmark::DoNotOptimize(scaled_dot_product_attention(q, k, k, {.causal = true}));
}
BENCHMARK(attention_one_query)->ArgName("keys")->Arg(64)->Arg(1024)->UseRealTime();

void linear_cross_entropy_step(benchmark::State& state) {
  Tensor x = leaf({4096, state.range(0)}), weight = uniform({state.range(1), state.range(0)}, -0.05, 0.05, generator());
  requires_grad(weight, state.range(2) != 0);
  Tensor targets = sample_indices(generator(), {4096}, state.range(1));
  run(state, {x, weight}, [&] { return linear_cross_entropy(x, weight, targets); });
}
BENCHMARK(linear_cross_entropy_step)
    ->ArgNames({"width", "vocabulary", "weight_grad"})
    ->Args({288, 32000, 0})
    ->Args({288, 32000, 1})
    ->Args({128, 330, 1})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// The loss of linear_cross_entropy by two ops, with all the logits in memory, for comparison.
void composed_cross_entropy_step(benchmark::State& state) {
  Tensor x = leaf({4096, 288}), weight = uniform({32000, 288}, -0.05, 0.05, generator());
  Tensor targets = sample_indices(generator(), {4096}, 32000);
  run(state, {x}, [&] { return cross_entropy(linear(x, weight), targets); });
}
BENCHMARK(composed_cross_entropy_step)->UseRealTime()->Unit(benchmark::kMillisecond);

void rms_norm_step(benchmark::State& state) {
  Tensor x = leaf({4096, state.range(0)}), weight = leaf({state.range(0)});
  run(state, {x, weight}, [&] { return rms_norm(x, weight, 1e-5); });
}
BENCHMARK(rms_norm_step)->ArgName("width")->Arg(288)->Arg(128)->UseRealTime();

void rope_step(benchmark::State& state) {
  Tensor x = leaf({16, 256, 6, 48});
  run(state, {x}, [&] { return rope(transpose(x, 1, 2)); });
}
BENCHMARK(rope_step)->UseRealTime();

void swiglu_step(benchmark::State& state) {
  Tensor gate = leaf({4096, 768}), up = leaf({4096, 768});
  run(state, {gate, up}, [&] { return swiglu(gate, up); });
}
BENCHMARK(swiglu_step)->UseRealTime();

void embedding_step(benchmark::State& state) {
  Tensor weight = leaf({32000, 288}), ids = sample_indices(generator(), {16, 256}, 32000);
  run(state, {weight}, [&] { return embedding(weight, ids); });
}
BENCHMARK(embedding_step)->UseRealTime();

}  // namespace
