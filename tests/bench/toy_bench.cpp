#include <benchmark/benchmark.h>

#include "../drawn.h"
#include "but_elementwise.h"
#include "ops/elementwise/relu.h"

// A training step of small models, forward, backward and the optimizer's. peers.py has the same in PyTorch.

using namespace adora;

namespace {

Generator& generator() {
  static Generator one(1);
  return one;
}

Tensor drawn(const Shape& shape) { return uniform(shape, -1, 1, generator()); }

/// Times steps of `optimizer` on a loss.
template <class Loss> void run(benchmark::State& state, Optimizer& optimizer, Loss&& loss) {
  for (auto _ : state) {
    optimizer.zero_grad();
    backward(loss());
    optimizer.step();
  }
}

/// 2-16-1 with tanh on 32 samples.
void mlp_step(benchmark::State& state) {
  Sequential net(Linear(2, 16, generator()), Activation("tanh"), Linear(16, 1, generator()));
  const Tensor x = drawn({32, 2}), y = drawn({32, 1});
  SGD optimizer(net, {.lr = 0.01});
  run(state, optimizer, [&] { return mse_loss(net(x), y); });
}

/// Characters [32, 64] out of 64, embedded in 32 numbers, with 128 states.
template <class Recurrent> struct Characters : Module {
  Characters()
      : embedding(64, 32, generator()),
        recurrent(32, 128, generator(), {.batch_first = true}),
        head(128, 64, generator()) {
    child("embedding", embedding), child("recurrent", recurrent), child("head", head);
  }
  Tensor loss(const Tensor& x, const Tensor& y) const {
    return cross_entropy(head(recurrent(embedding(x)).output).flatten(0, 1), y.flatten());
  }

  Embedding embedding;
  Recurrent recurrent;
  Linear head;
};

template <class Recurrent> void characters_step(benchmark::State& state) {
  Characters<Recurrent> net;
  const Tensor x = sample_indices(generator(), {32, 64}, 64), y = sample_indices(generator(), {32, 64}, 64);
  Adam optimizer(net, {.lr = 1e-3});
  run(state, optimizer, [&] { return net.loss(x, y); });
}

/// Images [64, 1, 28, 28].
void cnn_step(benchmark::State& state) {
  Sequential net(Conv2d(1, 16, 3, generator(), {.padding = 1}), relu, MaxPool2d(2),
                 Conv2d(16, 32, 3, generator(), {.padding = 1}), relu, MaxPool2d(2), Flatten(),
                 Linear(32 * 7 * 7, 10, generator()));
  const Tensor x = drawn({64, 1, 28, 28}), y = sample_indices(generator(), {64}, 10);
  Adam optimizer(net, {.lr = 1e-3});
  run(state, optimizer, [&] { return cross_entropy(net(x), y); });
}

/// A block of a vision transformer (ViT-Tiny): 16 images of 64 patches and a class token, width 192.
void vit_block_step(benchmark::State& state) {
  TransformerEncoderLayer block(192, 3, generator(),
                                {.dim_feedforward = 768, .dropout = 0, .batch_first = true, .norm_first = true});
  const Tensor x = requires_grad(drawn({16, 65, 192})), upstream = drawn({16, 65, 192});
  AdamW optimizer(block, {.lr = 1e-4});
  for (auto _ : state) {
    optimizer.zero_grad(), clear_grad(x);
    backward(block(x), upstream);
    optimizer.step();
  }
}

void settings(benchmark::internal::Benchmark* b) { b->Unit(benchmark::kMicrosecond)->UseRealTime(); }

BENCHMARK(mlp_step)->Apply(settings);
BENCHMARK_TEMPLATE(characters_step, GRU)->Name("gru_step")->Apply(settings);
BENCHMARK_TEMPLATE(characters_step, LSTM)->Name("lstm_step")->Apply(settings);
BENCHMARK(cnn_step)->Apply(settings);
BENCHMARK(vit_block_step)->Apply(settings);

}  // namespace
