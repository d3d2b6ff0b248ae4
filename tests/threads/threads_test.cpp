#include <atomic>
#include <thread>

#include "../../autograd/backward.h"
#include "../../autograd/checkpoint.h"
#include "../../autograd/record.h"
#include "../../autograd/variable.h"
#include "../../backends/basic.h"
#include "../catch.h"

/// Tests of operations that several threads may do at once, built with the thread sanitizer. The program has core,
/// backends and autograd, and an op of its own, and runs its loops on one OpenMP thread: GCC's OpenMP runtime isn't
/// instrumented, so that the sanitizer would take its barriers for races.

using namespace adora;

namespace {

Tensor filled(double value) {
  Tensor x = empty({256}, float64);
  backends::fill(x, value);
  return x;
}

Tensor sum_of(const Tensor& a, const Tensor& b) {
  Tensor y = empty_like(a);
  backends::add(a, b, y);
  auto unchanged = [](const Tensor& g) { return g; };
  return record("sum", y, input(a, unchanged), input(b, unchanged));
}

template <class F> void on_threads(int count, F work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("threads record and run graphs that share leaves") {
  Tensor w = requires_grad(filled(1));
  on_threads(4, [&](int) {
    for (int i = 0; i < 100; ++i) backward(sum_of(w, sum_of(w, w)), filled(1));
  });
  CHECK(to_vector<double>(grad(w)) == std::vector<double>(256, 4 * 100 * 3.0));
}

TEST_CASE("threads have graphs of their own, with hooks and checkpoints") {
  std::atomic<int> hooked = 0;
  on_threads(4, [&](int number) {
    for (int i = 0; i < 50; ++i) {
      Tensor x = requires_grad(filled(number));
      Tensor y = checkpoint(
          std::function<Tensor(const Tensors&)>([](const Tensors& in) { return sum_of(in[0], in[0]); }), {x});
      add_hook(y, [&](const Tensor&) { return ++hooked, Tensor(); });
      for (int k = 0; k < 20; ++k) y = sum_of(y, x);
      if (i % 2 == 0) backward(y, filled(1));
    }
  });
  CHECK(hooked == 4 * 25);
}

TEST_CASE("a graph that one thread recorded is run and freed by another") {
  Tensor x = requires_grad(filled(1));
  Tensor y = x;
  std::thread([&] {
    for (int k = 0; k < 1000; ++k) y = sum_of(y, x);
  }).join();
  backward(y, filled(1));
  CHECK(to_vector<double>(grad(x))[255] == 1001);
}

TEST_CASE("the allocator serves many threads and counts right") {
  const std::size_t before = memory_stats().current;
  on_threads(4, [](int number) {
    Tensors kept;
    for (int i = 0; i < 500; ++i) {
      kept.push_back(empty({(i * 37 + number) % 1000 + 1}, float32));
      if (kept.size() > 8) kept.erase(kept.begin());
      if (i % 100 == 0) allocator(cpu).drop_cache();
    }
  });
  CHECK(memory_stats().current == before);
}
