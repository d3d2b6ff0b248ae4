#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "but_elementwise.h"

// A frozen layer's forward with its weight in NF4 or int8 beside the same in float32. Machines drift, so both are timed
// in turns within each iteration: `ratio` is the median of theirs.

using namespace adora;

namespace {

using Clock = std::chrono::steady_clock;

template <class F> double seconds(F&& f) {
  const auto start = Clock::now();
  benchmark::DoNotOptimize(f());
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void forward(benchmark::State& state, QuantizedFormat format) {
  const std::int64_t rows = state.range(0), out = state.range(1), in = state.range(2);
  Generator g(1);
  NoGrad no_grad;
  const Tensor x = normal({rows, in}, 0, 1, g), weight = normal({out, in}, 0, 0.02, g);
  const QuantizedMatrix quantized = quantize(weight, format);
  std::vector<double> ratios;
  double both[2] = {};
  for (auto _ : state) {
    const double plain = seconds([&] { return frozen_linear(x, weight); });
    const double codes = seconds([&] { return frozen_linear(x, quantized); });
    both[0] += plain, both[1] += codes;
    ratios.push_back(codes / plain);
  }
  std::sort(ratios.begin(), ratios.end());
  const auto n = static_cast<double>(ratios.size());
  state.counters["ratio"] = ratios[ratios.size() / 2];
  state.counters["float32_ms"] = 1e3 * both[0] / n;
  state.counters["quantized_ms"] = 1e3 * both[1] / n;
  double bytes = 0;
  for (const Tensor& part : {quantized.codes, quantized.scales, quantized.group_scales})
    bytes += static_cast<double>(part.numel()) * static_cast<double>(size_of(part.dtype()));
  state.counters["bytes_each"] = bytes / static_cast<double>(out * in);
}

void nf4_beside_float32(benchmark::State& state) { forward(state, QuantizedFormat::nf4); }
void int8_beside_float32(benchmark::State& state) { forward(state, QuantizedFormat::int8); }

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"rows", "out", "in"})->UseRealTime()->Unit(benchmark::kMillisecond);
  for (std::int64_t rows : {256, 1024})
    for (const auto& [out, in] : {std::pair{1024, 1024}, {4096, 4096}, {11008, 4096}, {4096, 11008}})
      b->Args({rows, out, in});
}
BENCHMARK(nf4_beside_float32)->Apply(shapes);
BENCHMARK(int8_beside_float32)->Apply(shapes);

}  // namespace
