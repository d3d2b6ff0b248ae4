#include <benchmark/benchmark.h>
#include <cblas.h>

#include "backends/gemm.h"
#include "but_elementwise.h"

// Products of the shapes a small Llama has, through the library and straight from OpenBLAS: the first must
// reach 90 % of the second.

using namespace adora;

namespace {

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"m", "n", "k"});
  for (const auto& [m, n, k] : {std::tuple{4096, 288, 288},
                                {4096, 768, 288},
                                {4096, 288, 768},
                                {4096, 330, 128},
                                {1024, 1024, 1024},
                                {512, 4096, 4096}}) {
    b->Args({m, n, k});
  }
  b->UseRealTime();
}

void count_flops(benchmark::State& state) {
  double flops = 2.0 * static_cast<double>(state.range(0)) * static_cast<double>(state.range(1)) *
                 static_cast<double>(state.range(2));
  state.counters["flops"] = benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
}

struct Operands {
  Tensor x, weight;
  explicit Operands(const benchmark::State& state) {
    Generator generator(1);
    x = uniform({state.range(0), state.range(2)}, -1, 1, generator);
    weight = uniform({state.range(1), state.range(2)}, -1, 1, generator);
  }
};

void bare_openblas(benchmark::State& state) {
  Operands of(state);
  Tensor y = empty({state.range(0), state.range(1)});
  auto m = static_cast<blasint>(state.range(0)), n = static_cast<blasint>(state.range(1)),
       k = static_cast<blasint>(state.range(2));
  for (auto _ : state) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, of.x.data<float>(), k, of.weight.data<float>(), k,
                0, y.data<float>(), n);
  }
  count_flops(state);
}
BENCHMARK(bare_openblas)->Apply(shapes);

void linear_forward(benchmark::State& state) {
  Operands of(state);
  NoGrad no_grad;
  for (auto _ : state) benchmark::DoNotOptimize(linear(of.x, of.weight));
  count_flops(state);
}
BENCHMARK(linear_forward)->Apply(shapes);

void linear_forward_bf16(benchmark::State& state) {
  Operands of(state);
  NoGrad no_grad;
  const Tensor x = to(of.x, adora::bfloat16), weight = to(of.weight, adora::bfloat16);
  for (auto _ : state) benchmark::DoNotOptimize(linear(x, weight));
  count_flops(state);
}
BENCHMARK(linear_forward_bf16)->Apply(shapes);

/// 256 MiB, read and written.
void copy(benchmark::State& state) {
  const Tensor from = ones({1 << 26}), into = zeros({1 << 26});
  for (auto _ : state) copy_(into, from);
  state.SetBytesProcessed(state.iterations() * from.numel() * 8);
}
BENCHMARK(copy)->UseRealTime();

void linear_forward_and_backward(benchmark::State& state) {
  Operands of(state);
  requires_grad(of.x);
  requires_grad(of.weight);
  Tensor upstream = ones({state.range(0), state.range(1)});
  for (auto _ : state) {
    clear_grad(of.x);
    clear_grad(of.weight);
    backward(linear(of.x, of.weight), upstream);
  }
  double flops = 6.0 * static_cast<double>(state.range(0) * state.range(1) * state.range(2));
  state.counters["flops"] = benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(linear_forward_and_backward)->Apply(shapes);

/// Many products of one head's size.
void small_batch(benchmark::State& state) {
  Generator generator(1);
  Tensor a = uniform({96, 64, 48}, -1, 1, generator), b = uniform({96, 48, 64}, -1, 1, generator),
         y = empty({96, 64, 64});
  for (auto _ : state) backends::gemm(a, b, y, 1, 0);
  state.counters["flops"] = benchmark::Counter(2.0 * 96 * 64 * 48 * 64, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(small_batch)->UseRealTime();

}  // namespace
