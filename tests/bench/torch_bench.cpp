#include <benchmark/benchmark.h>

#include "but_elementwise.h"
#include "ops/elementwise/cos.h"
#include "ops/elementwise/erf.h"
#include "ops/elementwise/exp.h"
#include "ops/elementwise/gelu.h"
#include "ops/elementwise/pow.h"
#include "ops/elementwise/sin.h"
#include "ops/elementwise/tanh.h"

// Single ops that PyTorch has too; torch_ops.py runs both in turns.

using namespace adora;

namespace {

using Run = Tensor (*)(const Tensor&);

void rows_of(const char* name, Run op) {
  auto run = [op](benchmark::State& state) {
    Generator generator(1);
    Tensor x = uniform({state.range(0), state.range(1)}, -4, 4, generator);
    for (auto _ : state) benchmark::DoNotOptimize(op(x));
  };
  auto* bench = benchmark::RegisterBenchmark(name, run)->UseRealTime();
  bench->Args({4096, 1024})->Args({16384, 128})->Args({512, 32000});
}

void elements_of(const char* name, Run op, double low = -4) {
  auto run = [op, low](benchmark::State& state) {
    Generator generator(1);
    Tensor x = uniform({state.range(0)}, low, 4, generator);
    for (auto _ : state) benchmark::DoNotOptimize(op(x));
  };
  benchmark::RegisterBenchmark(name, run)->UseRealTime()->Arg(1 << 22);
}

[[maybe_unused]] const bool registered = [] {
  rows_of("sum", [](const Tensor& x) { return sum(x, {-1}); });
  rows_of("max", [](const Tensor& x) { return max(x, {-1}); });
  rows_of("softmax", [](const Tensor& x) { return softmax(x, -1); });
  rows_of("log_softmax", [](const Tensor& x) { return log_softmax(x, -1); });
  elements_of("exp", exp);
  elements_of("tanh", tanh);
  elements_of("erf", erf);
  elements_of("gelu", gelu);
  elements_of("sin", sin);
  elements_of("cos", cos);
  elements_of("square", [](const Tensor& x) { return pow(x, 2); });
  elements_of(
      "pow", [](const Tensor& x) { return pow(x, 2.5); }, 0);
  return true;
}();

}  // namespace
