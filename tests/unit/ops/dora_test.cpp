#include "dora_layer.h"

using namespace adora;
using namespace adora::test;

TEST_CASE("fused DoRA gives the numbers and gradients of the composed one on either route") {
  for (DoraRoute route : {DoraRoute::automatic, DoraRoute::factored, DoraRoute::merged}) {
    for (bool detach : {true, false}) {
      for (NormAxis axis : {NormAxis::output, NormAxis::input}) {
        for (double dropout : {0.0, 0.3}) {
          for (bool reference : {false, true}) {
            DoraOptions options{.scale = 0.75,
                                .dropout = dropout,
                                .reference_dropout = reference,
                                .norm_axis = axis,
                                .detach_norm = detach,
                                .route = route};
            for (std::int64_t rank : {0, 3}) {
              CAPTURE(static_cast<int>(route), detach, static_cast<int>(axis), dropout, reference, rank);
              Layer layer({2, 5, 6}, 7, rank, axis);
              check_close(run(dora_linear, layer, options), run(dora_linear_composed, layer, options), 1e-12);
              layer.bias = Tensor();
              check_close(run(dora_linear, layer, options), run(dora_linear_composed, layer, options), 1e-12);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("DoRA of sizes beyond one block of its kernels agrees with the composed one", "[long]") {
  for (auto [rows, in, out, rank] :
       {std::array<std::int64_t, 4>{203, 530, 37, 17}, {97, 65, 1030, 33}, {1, 700, 601, 4}}) {
    for (DoraRoute route : {DoraRoute::factored, DoraRoute::merged}) {
      for (double dropout : {0.0, 0.1}) {
        CAPTURE(rows, in, out, rank, dropout);
        DoraOptions options{.scale = 0.5, .dropout = dropout, .detach_norm = false, .route = route};
        Layer layer({rows, in}, out, rank);
        check_close(run(dora_linear, layer, options), run(dora_linear_composed, layer, options), 1e-11);
        Layer single({rows, in}, out, rank, NormAxis::output, float32);
        check_close(run(dora_linear, single, options), run(dora_linear_composed, single, options), 2e-5);
      }
    }
  }
}

TEST_CASE("fused LoRA gives the numbers and gradients of the composed one") {
  for (double dropout : {0.0, 0.2, 1.0}) {
    for (const Shape& shape : {Shape{6}, Shape{210, 9}, Shape{2, 3, 530}, Shape{0, 4}}) {
      CAPTURE(dropout, to_string(shape));
      auto call = [](auto lora) {
        return [lora](const Tensor& x, const FrozenMatrix& w, const Tensor& b, const Tensor& A, const Tensor& B,
                      const Tensor& m, const DoraOptions& o) {
          // The magnitude takes part, so that it has a gradient to compare.
          return lora(x, w, b, A, B, LoraOptions{o.scale, o.dropout, o.generator}) * sum(m);
        };
      };
      static auto fused = call(lora_linear);
      static auto composed = call(lora_linear_composed);
      Call one = [](auto&... a) { return fused(a...); };
      Call other = [](auto&... a) { return composed(a...); };
      Layer layer(shape, 5, 2);
      check_close(run(one, layer, {.scale = 1.5, .dropout = dropout}),
                  run(other, layer, {.scale = 1.5, .dropout = dropout}), 1e-12);
    }
  }
}

TEST_CASE("the gradients of fused DoRA are those of central differences, the norm's own included") {
  Layer layer({4, 5}, 6, 2);
  for (NormAxis axis : {NormAxis::output, NormAxis::input}) {
    layer = Layer({4, 5}, 6, 2, axis);
    DoraOptions options{.scale = 1.5, .norm_axis = axis, .detach_norm = false};
    Generator g(9);
    std::vector<double> upstream = to_vector<double>(uniform({24}, -1, 1, g, float64));
    auto loss = [&] {
      NoGrad no_grad;
      Tensor y = dora_linear(layer.x, layer.weight, layer.bias, layer.A, layer.B, layer.magnitude, options);
      std::vector<double> values = to_vector<double>(y);
      double sum = 0;
      for (std::size_t i = 0; i < values.size(); ++i) sum += values[i] * upstream[i];
      return sum;
    };
    for (const Tensor& t : layer.leaves()) requires_grad(t);
    Tensor y = dora_linear(layer.x, layer.weight, layer.bias, layer.A, layer.B, layer.magnitude, options);
    backward(y, tensor(upstream, {4, 6}));
    for (const Tensor& t : layer.leaves()) CHECK(close(to_vector<double>(grad(t)), numeric_gradient(t, loss), 1e-7));
  }
}

TEST_CASE("a layer without rows of x gives an empty output and zero gradients") {
  Layer layer({0, 6}, 5, 2);
  std::vector<std::vector<double>> results = run(dora_linear, layer, {.scale = 2});
  CHECK(results[0].empty());
  CHECK(results[3] == std::vector<double>(12, 0.0));
  CHECK(results[5] == std::vector<double>(5, 0.0));
}

TEST_CASE("at the start, B zero and the magnitude the weight's own norm, DoRA is the bare layer") {
  Layer layer({7, 12}, 9, 4);
  fill_(layer.B, 0);
  layer.magnitude = dora_weight_norm(layer.weight, {}, {}, 1);
  for (DoraRoute route : {DoraRoute::factored, DoraRoute::merged}) {
    Tensor y =
        dora_linear(layer.x, layer.weight, layer.bias, layer.A, layer.B, layer.magnitude, {.scale = 2, .route = route});
    CHECK(close(to_vector<double>(y), to_vector<double>(linear(layer.x, layer.weight, layer.bias)), 1e-14));
  }
}

TEST_CASE("the merged weight stands for the adapted layer") {
  for (NormAxis axis : {NormAxis::output, NormAxis::input}) {
    Layer layer({7, 12}, 9, 4, axis);
    Tensor merged = dora_merge(layer.weight, layer.A, layer.B, layer.magnitude, 1.75, axis);
    Tensor y = dora_linear(layer.x, layer.weight, layer.bias, layer.A, layer.B, layer.magnitude,
                           {.scale = 1.75, .norm_axis = axis});
    CHECK(close(to_vector<double>(linear(layer.x, merged, layer.bias)), to_vector<double>(y), 1e-13));
  }
}

TEST_CASE("x of any strides and factors that are views are taken as they are") {
  Layer layer({6, 5}, 4, 3), views = layer;
  views.x = transpose(clone(transpose(layer.x)));
  views.weight = transpose(clone(transpose(layer.weight)));
  views.A = transpose(clone(transpose(layer.A)));
  views.B = slice(cat({layer.B, layer.B}, 1), 1, 3, 6).detach();
  check_close(run(dora_linear, views, {.scale = 2}), run(dora_linear, layer, {.scale = 2}), 1e-14);
}

TEST_CASE("DoRA keeps x, x·Aᵀ and y for the backward pass and nothing of the weight's size") {
  Generator g(2);
  std::int64_t rows = 64, in = 512, out = 512, rank = 16;
  Tensor x = uniform({rows, in}, -1, 1, g), weight = uniform({out, in}, -1, 1, g), A = uniform({rank, in}, -1, 1, g);
  Tensor B = uniform({out, rank}, -1, 1, g), m = uniform({out}, 1, 2, g);
  for (const Tensor& t : {x, A, B, m}) requires_grad(t);
  allocator(default_device()).drop_cache();
  std::size_t before = memory_stats().current;
  Tensor y = dora_linear(x, weight, {}, A, B, m, {.scale = 2});
  std::size_t expected = 4 * (rows * out + rows * rank + out);
  // Small tensors may lie in larger blocks that were free.
  CHECK(memory_stats().current - before <= expected + expected / 2);
  CHECK(expected + expected / 2 < weight.storage()->bytes() / 4);
}

TEST_CASE("VeRA is two scaled products of low rank, DVoRA a DoRA with scaled factors") {
  Layer layer({3, 5}, 4, 2);
  Generator g(4);
  Tensor d = uniform({2}, -1, 1, g, float64), b = uniform({4}, -1, 1, g, float64);
  Tensor A = layer.A * unsqueeze(d, 1), B = layer.B * unsqueeze(b, 1);
  CHECK(close(to_vector<double>(vera_linear(layer.x, layer.weight, layer.bias, layer.A, layer.B, d, b, {.scale = 3})),
              to_vector<double>(linear(layer.x, layer.weight + matmul(B, A) * 3.0, layer.bias)), 1e-13));
  requires_grad(d), requires_grad(b);
  Tensor y = dora_linear(layer.x, layer.weight, {}, layer.A * unsqueeze(d, 1), layer.B * unsqueeze(b, 1),
                         layer.magnitude, {.scale = 3});
  const Tensor v = layer.weight + matmul(B, A) * 3.0;
  CHECK(close(to_vector<double>(y),
              to_vector<double>(linear(layer.x, v * unsqueeze(layer.magnitude / norm(v, {1}), 1))), 1e-13));
  backward(sum(y));
  CHECK(grad(d).shape() == d.shape());
  CHECK(grad(b).shape() == b.shape());
}

TEST_CASE("merging has no gradient: it refuses where one would be wanted, and says what to do") {
  Layer layer({3, 5}, 4, 2);
  auto merge = [&](const Tensor& A, const Tensor& B) { return dora_merge(layer.weight, A, B, layer.magnitude, 2); };
  CHECK_NOTHROW(merge(layer.A, layer.B));
  for (const Tensor& x : {layer.weight, layer.A, layer.B, layer.magnitude}) {
    requires_grad(x);
    CHECK_THROWS_WITH(merge(layer.A, layer.B), ContainsSubstring("dora_merge") &&
                                                   ContainsSubstring("has no gradient") && ContainsSubstring("NoGrad"));
    NoGrad no_grad;
    CHECK_NOTHROW(merge(layer.A, layer.B));
    requires_grad(x, false);
  }
  requires_grad(layer.magnitude);
  CHECK_THROWS_WITH(merge({}, {}), ContainsSubstring("has no gradient"));
}

TEST_CASE("what does not fit is an error that names the op and the shapes") {
  Layer layer({3, 5}, 4, 2);
  auto call = [&](DoraOptions options = {}) {
    return dora_linear(layer.x, layer.weight, layer.bias, layer.A, layer.B, layer.magnitude, options);
  };
  CHECK_THROWS_WITH(call({.dropout = 0.5}), ContainsSubstring("generator"));
  CHECK_THROWS_AS(call({.dropout = 1.5}), Error);
  layer.A = zeros({3, 5}, float64);
  CHECK_THROWS_WITH(call(), ContainsSubstring("dora_linear") && ContainsSubstring("[3, 5]"));
  layer.A = Tensor();
  CHECK_THROWS_AS(call(), Error);
  layer = Layer({3, 5}, 4, 2);
  layer.magnitude = zeros({5}, float64);
  CHECK_THROWS_WITH(call(), ContainsSubstring("magnitude"));
  layer = Layer({3, 5}, 4, 2);
  requires_grad(layer.weight);
  CHECK_THROWS_WITH(call(), ContainsSubstring("frozen"));
  layer = Layer({3, 5}, 4, 2, NormAxis::output, float32);
  layer.A = to(layer.A, float64);
  CHECK_THROWS_AS(call(), Error);
}
