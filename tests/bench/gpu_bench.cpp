#include <benchmark/benchmark.h>

#include "but_elementwise.h"

// The benchmarks that gpu_peers.py compares with PyTorch: the weight's norm, one adapted layer, and a step of
// LLaMA-7B's shapes, with weights and activations in bfloat16 and adapters in float32. They are registered only where
// there is a GPU.

using namespace adora;

namespace {

constexpr std::int64_t batch = 10;  ///< between two waits for the device
constexpr std::size_t beyond_the_cache = std::size_t{256} << 20;

/// As many weights as no cache of the device holds, taken in turns.
class Weights {
 public:
  Weights(std::int64_t out, std::int64_t in, Generator& generator) {
    const std::size_t bytes = static_cast<std::size_t>(out * in) * 2;
    for (std::size_t held = 0; weights_.empty() || held < beyond_the_cache; held += bytes)
      weights_.push_back(uniform({out, in}, -0.02, 0.02, generator, bfloat16, cuda_device));
  }
  const Tensor& next() { return weights_[at_++ % weights_.size()]; }

 private:
  Tensors weights_;
  std::size_t at_ = 0;
};

/// Runs `once` until the benchmark has enough, the device's time included.
template <class F> void measure(benchmark::State& state, std::int64_t together, F&& once) {
  for (int i = 0; i < 3; ++i) once();
  cuda::synchronize();
  while (state.KeepRunningBatch(together)) {
    for (std::int64_t i = 0; i < together; ++i) once();
    cuda::synchronize();
  }
}

struct Factors {
  Tensor A, B;
  Factors(std::int64_t out, std::int64_t in, std::int64_t rank, Generator& generator)
      : A(uniform({rank, in}, -0.02, 0.02, generator, float32, cuda_device)),
        B(uniform({out, rank}, -0.02, 0.02, generator, float32, cuda_device)) {}
};

/// out, in, rank
void weight_norm(benchmark::State& state) {
  Generator generator(1);
  Weights weights(state.range(0), state.range(1), generator);
  Factors low(state.range(0), state.range(1), state.range(2), generator);
  NoGrad no_grad;
  reset_peak_memory(cuda_device);
  const std::size_t before = memory_stats(cuda_device).current;
  measure(state, batch, [&] { dora_weight_norm(weights.next(), low.A, low.B, 2, NormAxis::output, true); });
  state.counters["workspace_MiB"] =
      static_cast<double>(memory_stats(cuda_device).peak - before) / static_cast<double>(1 << 20);
}

/// out, in, rank, tokens
void layer(benchmark::State& state, bool dora, bool backwards) {
  Generator generator(1);
  const std::int64_t out = state.range(0), in = state.range(1), tokens = state.range(3);
  Weights weights(out, in, generator);
  Factors low(out, in, state.range(2), generator);
  Tensor magnitude = uniform({out}, 0.5, 1.5, generator, float32, cuda_device);
  Tensor x = uniform({tokens, in}, -1, 1, generator, bfloat16, cuda_device);
  Tensor upstream = uniform({tokens, out}, -1, 1, generator, bfloat16, cuda_device);
  const Tensors trained = {x, low.A, low.B, magnitude};
  if (backwards)
    for (const Tensor& t : trained) requires_grad(t);
  measure(state, batch, [&] {
    for (const Tensor& t : trained) clear_grad(t);
    Tensor y = dora ? dora_linear(x, weights.next(), {}, low.A, low.B, magnitude, {.scale = 2})
                    : lora_linear(x, weights.next(), {}, low.A, low.B, {.scale = 2});
    if (backwards) backward(y, upstream);
  });
}

/// out, in, tokens: x·Wᵀ with W in bfloat16, or quantized.
void frozen_product(benchmark::State& state, std::optional<QuantizedFormat> format) {
  Generator generator(1);
  Weights weights(state.range(0), state.range(1), generator);
  const Tensor x = uniform({state.range(2), state.range(1)}, -1, 1, generator, bfloat16, cuda_device);
  NoGrad no_grad;
  const QuantizedMatrix quantized = format ? quantize(weights.next(), *format) : QuantizedMatrix{};
  measure(state, batch, [&] { format ? frozen_linear(x, quantized, {}) : linear(x, weights.next()); });
}

/// The paper's setting: rank 32, alpha 64, dropout 0.05 on Q, K, V, Up and Down; texts of 256 tokens, 16 in the paper.
void llama_7b_step(benchmark::State& state, std::string kind) {
  const auto made = make_model(published_config("llama-7b"), "llama-7b", {.dtype = bfloat16, .device = cuda_device});
  CausalLm& model = *made;
  add_adapter(model, {.kind = kind,
                      .rank = 32,
                      .alpha = 64,
                      .dropout = 0.05,
                      .target_modules = {"q_proj", "k_proj", "v_proj", "up_proj", "down_proj"}});
  AdamW optimizer(model.trainable_parameters(), {.lr = 2e-4});
  Generator generator(1);
  std::vector<std::int64_t> words;
  for (std::int64_t i = 0; i < state.range(0) * 256; ++i)
    words.push_back(static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(model.config().vocab_size))));
  const Tensor tokens = to(tensor(words, {state.range(0), 256}), cuda_device);
  reset_peak_memory(cuda_device);
  measure(state, 1, [&] {
    optimizer.zero_grad();
    backward(model.loss(tokens, tokens));
    optimizer.step();
  });
  const MemoryStats stats = memory_stats(cuda_device);
  state.counters["peak_MiB"] = static_cast<double>(stats.peak) / static_cast<double>(1 << 20);
}

/// batch, heads, tokens, head size: causal attention, forward and backward.
void attention(benchmark::State& state, bool by_cudnn) {
  Generator generator(1);
  auto numbers = [&] {
    const Shape shape{state.range(0), state.range(1), state.range(2), state.range(3)};
    return uniform(shape, -1, 1, generator, bfloat16, cuda_device);
  };
  const Tensor q = requires_grad(numbers()), k = requires_grad(numbers()), v = requires_grad(numbers());
  const Tensor upstream = numbers();
  cuda::use_cudnn_attention(by_cudnn);
  measure(state, batch, [&] {
    for (const Tensor& t : {q, k, v}) clear_grad(t);
    backward(scaled_dot_product_attention(q, k, v, {.causal = true}), upstream);
  });
  cuda::use_cudnn_attention(false);
}

/// The passes of a small model, whose kernels are shorter than starting them takes: one by one, or as a graph.
void small_step(benchmark::State& state, bool as_graph) {
  LlamaConfig config;
  config.vocab_size = 512, config.hidden_size = 128, config.intermediate_size = 384, config.num_hidden_layers = 4;
  config.num_attention_heads = config.num_key_value_heads = 4, config.head_dim = 32;
  Llama model(config, {.device = cuda_device});
  add_adapter(model, {.kind = "dora", .rank = 8, .alpha = 16, .target_modules = {"q_proj", "v_proj"}});
  for (const NamedTensor& one : model.trainable_parameters()) set_grad(one.tensor, zeros_like(one.tensor.detach()));
  const Tensor tokens = full({16, 64}, 3, int64, cuda_device);
  auto step = [&] { backward(model.loss(tokens, tokens)); };
  step();
  cuda::Graph graph;
  if (as_graph) graph.record(step);
  measure(state, batch, [&] { as_graph ? graph.replay() : step(); });
}

using Shapes = std::vector<std::vector<std::int64_t>>;

template <class F> void add(const char* name, const Shapes& shapes, F&& f) {
  auto* one = benchmark::RegisterBenchmark(name, f)->Unit(benchmark::kMicrosecond)->UseRealTime();
  for (const auto& shape : shapes) one->Args(shape);
}

[[maybe_unused]] const bool registered = [] {
  if (cuda::device_count() == 0) return false;
  const Shapes layers = {{4096, 4096, 32, 4096},  {11008, 4096, 32, 4096}, {4096, 11008, 32, 4096},
                         {4096, 4096, 384, 8192}, {8192, 8192, 384, 8192}, {3072, 3072, 32, 1024}};
  add("gpu/weight_norm", {{4096, 4096, 16}, {4096, 4096, 384}, {8192, 8192, 384}, {8192, 28672, 384}}, weight_norm);
  add("gpu/lora_linear", layers, [](benchmark::State& state) { layer(state, false, true); });
  add("gpu/dora_linear", layers, [](benchmark::State& state) { layer(state, true, true); });
  add("gpu/lora_linear_forward", {{4096, 4096, 384, 1}}, [](benchmark::State& state) { layer(state, false, false); });
  add("gpu/dora_linear_forward", {{4096, 4096, 384, 1}}, [](benchmark::State& state) { layer(state, true, false); });
  const Shapes heads = {{16, 32, 256, 128}, {4, 32, 2048, 128}};
  add("gpu/attention", heads, [](benchmark::State& state) { attention(state, false); });
  if (cuda::has_cudnn()) add("gpu/attention_cudnn", heads, [](benchmark::State& state) { attention(state, true); });
  add("gpu/small_step/direct", {{}}, [](benchmark::State& state) { small_step(state, false); });
  add("gpu/small_step/graph", {{}}, [](benchmark::State& state) { small_step(state, true); });
  const Shapes products = {{4096, 4096, 4096}, {11008, 4096, 4096}, {4096, 4096, 1}};
  add("gpu/product/bfloat16", products, [](benchmark::State& state) { frozen_product(state, std::nullopt); });
  add("gpu/product/nf4", products, [](benchmark::State& state) { frozen_product(state, QuantizedFormat::nf4); });
  add("gpu/product/int8", products, [](benchmark::State& state) { frozen_product(state, QuantizedFormat::int8); });
  const Shapes texts = {{16}, {8}};
  add("gpu/llama_7b_step/lora", texts, [](benchmark::State& state) { llama_7b_step(state, "lora"); });
  add("gpu/llama_7b_step/dora", texts, [](benchmark::State& state) { llama_7b_step(state, "dora"); });
  return true;
}();

}  // namespace
