#include <benchmark/benchmark.h>

#include "but_elementwise.h"

using namespace adora;

namespace {

/// One layer, forward and backward: a square weight, all that can be trained needs its gradient, x too.
void layer(benchmark::State& state, bool dora, DoraRoute route) {
  std::int64_t width = state.range(0), rows = state.range(1), rank = state.range(2);
  double dropout = static_cast<double>(state.range(3)) / 100;
  Generator g(1), drops(2);
  auto random = [&](const Shape& shape) { return uniform(shape, -0.1, 0.1, g); };
  Tensor x = random({rows, width}), weight = random({width, width}), A = random({rank, width}),
         B = random({width, rank});
  Tensor magnitude = uniform({width}, 1, 2, g), upstream = random({rows, width});
  for (const Tensor& t : {x, A, B, magnitude}) requires_grad(t);
  for (auto _ : state) {
    for (const Tensor& t : {x, A, B, magnitude}) clear_grad(t);
    Tensor y = dora ? dora_linear(x, weight, {}, A, B, magnitude,
                                  {.scale = 2, .dropout = dropout, .generator = &drops, .route = route})
                    : lora_linear(x, weight, {}, A, B, {.scale = 2, .dropout = dropout, .generator = &drops});
    backward(y, upstream);
  }
  double products = 4.0 * static_cast<double>(rows) * static_cast<double>(width) * static_cast<double>(width);
  state.counters["FLOP/s"] =
      benchmark::Counter(products * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void lora_linear(benchmark::State& state) { layer(state, false, DoraRoute::automatic); }
void dora_linear(benchmark::State& state) { layer(state, true, DoraRoute::automatic); }
void dora_linear_factored(benchmark::State& state) { layer(state, true, DoraRoute::factored); }
void dora_linear_merged(benchmark::State& state) { layer(state, true, DoraRoute::merged); }

/// Width, rows of x, rank, dropout in per cent.
void shapes(benchmark::internal::Benchmark* bench) {
  bench->UseRealTime()->Unit(benchmark::kMillisecond);
  for (std::int64_t dropout : {0, 5}) {
    bench->Args({256, 4096, 16, dropout})->Args({768, 2048, 32, dropout});
    bench->Args({2048, 1024, 32, dropout})->Args({4096, 512, 32, dropout});
  }
}
/// How time grows with the rows of x, and with the rank.
void growth(benchmark::internal::Benchmark* bench) {
  for (std::int64_t rows : {64, 256, 1024, 4096}) bench->Args({768, rows, 32, 0});
  for (std::int64_t rank : {4, 16, 64, 256}) bench->Args({768, 1024, rank, 0});
}
BENCHMARK(lora_linear)->Apply(shapes)->Apply(growth);
BENCHMARK(dora_linear)->Apply(shapes)->Apply(growth);
BENCHMARK(dora_linear_factored)->Apply(shapes);
BENCHMARK(dora_linear_merged)->Apply(shapes);

}  // namespace
