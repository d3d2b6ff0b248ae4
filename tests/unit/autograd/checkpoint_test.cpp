#include <algorithm>
#include <new>

#include "../../catch.h"
#include "but_elementwise.h"
#include "ops/elementwise/exp.h"

using namespace adora;

namespace {

/// Bytes that tensors hold. No freed block is left that one of another size could get.
std::size_t bytes_now() {
  allocator(default_device()).drop_cache();
  return memory_stats().current;
}

using Numbers = std::vector<double>;
using Several = std::function<Tensors(const Tensors&)>;
using One = std::function<Tensor(const Tensors&)>;

Numbers numbers(const Tensor& x) { return to_vector<double>(x); }

Tensor sample(const Shape& shape, std::uint64_t seed) {
  Generator generator(seed);
  return requires_grad(uniform(shape, -1, 1, generator, float64));
}

}  // namespace

TEST_CASE("checkpointing changes neither values nor gradients") {
  Tensor x = sample({3, 4}, 1), w = sample({4, 4}, 2);
  auto f = [&](const Tensors& in) { return exp(matmul(in[0], w)); };
  Tensor plain = f({x}), saved = checkpoint(One(f), {x});
  CHECK(numbers(plain) == numbers(saved));
  Tensors expected = gradients({sum_to(plain * plain, {})}, {x, w});
  Tensors found = gradients({sum_to(saved * saved, {})}, {x, w});
  CHECK(numbers(expected[0]) == numbers(found[0]));
  CHECK(numbers(expected[1]) == numbers(found[1]));
}

TEST_CASE("checkpointing keeps only the inputs") {
  allocator(default_device()).drop_cache();  // so that a block has the size asked for
  Tensor x = requires_grad(full({8192}, 0.1, float64));
  auto f = [](const Tensors& in) {
    Tensor y = in[0];
    for (int i = 0; i < 10; ++i) y = exp(y * 0.1);
    return y;
  };
  const std::size_t before = bytes_now();
  Tensor y = checkpoint(One(f), {x});
  CHECK(memory_stats().current - before == y.storage()->bytes());
  CHECK(saved_bytes(y) == 0);  // the input is a leaf
}

TEST_CASE("gradients of gradients go through a checkpoint") {
  Tensor x = sample({3}, 1), w = sample({3}, 2);
  CHECK(gradgradcheck(
      [&](const Tensors& in) { return checkpoint(One([](const Tensors& i) { return exp(i[0] * i[1]); }), in); },
      {x.detach(), w.detach()}));
}

TEST_CASE("what a checkpointed function refers to itself is held apart from its inputs") {
  // y = x³, z = x²·x·y: both inputs and what is captured depend on x, and nothing is counted twice.
  Tensor x = requires_grad(tensor<double>({2}));
  Tensor square = x * x, y = square * x;
  Tensor z = checkpoint(One([&](const Tensors& in) { return in[0] * square * x; }), {y});
  CHECK(item(z) == 64);
  backward(z);
  CHECK(numbers(grad(x)) == Numbers{6 * 32});
}

TEST_CASE("an input given twice, captured, or returned as it is gets its gradient once for each use") {
  Tensor x = requires_grad(tensor<double>({3}));
  Tensors y = checkpoint(Several([&](const Tensors& in) { return Tensors{in[0], in[0] * in[1] * x, in[0]}; }), {x, x});
  backward({y[0], y[1]}, {});
  CHECK(numbers(grad(x)) == Numbers{1 + 27});
}

TEST_CASE("random numbers are the same when a checkpoint computes again, and the generator goes on from where it was") {
  Generator generator(7);
  auto noisy = [&](const Tensors& in) { return in[0] * uniform({4}, 0, 1, generator, float64); };
  Tensor x = requires_grad(full({4}, 1, float64));
  uniform({5}, 0, 1, generator, float64);
  Tensor y = checkpoint(One(noisy), {x});
  std::uint64_t after = generator.offset();
  uniform({5}, 0, 1, generator, float64);
  std::uint64_t later = generator.offset();
  CHECK(later > after);
  backward(y, ones({4}, float64));
  CHECK(numbers(grad(x)) == numbers(y));  // x is 1, so the gradient is the noise itself
  CHECK(generator.offset() == later);
}

TEST_CASE("checkpoints nest") {
  Generator generator(7);
  Tensor x = requires_grad(full({4}, 1, float64)), w = requires_grad(full({4}, 2, float64));
  auto inner = [&](const Tensors& in) { return in[0] * uniform({4}, 0, 1, generator, float64) * w; };
  auto outer = [&](const Tensors& in) { return checkpoint(One(inner), {checkpoint(One(inner), in)}); };
  Tensor y = checkpoint(One(outer), {x});
  uniform({5}, 0, 1, generator, float64);
  std::uint64_t offset = generator.offset();
  backward(y, ones({4}, float64));
  CHECK(generator.offset() == offset);
  Numbers value = numbers(y), gx = numbers(grad(x)), gw = numbers(grad(w));
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(gx[i] == Approx(value[i]));  // y = x·noise·w², with x = 1
    CHECK(gw[i] == Approx(value[i]));  // 2·noise·w = y, with w = 2
  }
}

TEST_CASE("a checkpoint whose input or parameter was changed in place is an error") {
  Tensor x = requires_grad(tensor<double>({3})), w = requires_grad(tensor<double>({4}));
  Tensor y = checkpoint(One([&](const Tensors& in) { return in[0] * w; }), {x});
  {
    NoGrad no_grad;
    fill_(w, 5);
  }
  CHECK_THROWS_WITH(backward(y), ContainsSubstring("checkpoint") && ContainsSubstring("changed in place"));
}

TEST_CASE("a long chain of checkpoints looks at each operation a bounded number of times") {
  Tensor x = requires_grad(tensor<double>({1}));
  Tensor y = x;
  int runs = 0;
  for (int i = 0; i < 2000; ++i) {
    y = checkpoint(One([&](const Tensors& in) { return ++runs, in[0] * 1.0; }), {y});
  }
  backward(y);
  CHECK(numbers(grad(x)) == Numbers{1});
  CHECK(runs == 4000);
}

TEST_CASE("a checkpoint of nothing that wants a gradient records nothing") {
  Tensor x = tensor<double>({1});
  CHECK(is_leaf(checkpoint(One([](const Tensors& in) { return in[0] * 2.0; }), {x})));
}

TEST_CASE("a generator that a checkpointed function made and dropped is not written to afterwards") {
  alignas(Generator) static unsigned char place[sizeof(Generator)];
  Tensor x = requires_grad(ones({8}, float64));
  auto f = [](const Tensors& in) {
    auto* generator = new (place) Generator(1);
    Tensor y = dropout(in[0] * in[0], 0.5, *generator);
    generator->~Generator();
    std::fill_n(place, sizeof place, static_cast<unsigned char>(7));
    return y;
  };
  const Tensor y = checkpoint(f, {x});
  backward(sum(y));
  for (const unsigned char byte : place) CHECK(byte == 7);
  const auto kept = to_vector<double>(y), slope = to_vector<double>(grad(x));
  for (std::size_t i = 0; i < kept.size(); ++i) CHECK(slope[i] == 2 * kept[i]);
}
