#include "../numeric.h"
#include "adora.h"

using namespace adora;

namespace {

/// One layer with everything that can be trained, in one dtype.
struct Layer {
  Tensor x, weight, bias, A, B, magnitude;

  Layer(const Shape& shape, std::int64_t out, std::int64_t rank, NormAxis axis = NormAxis::output,
        DType dtype = float64, std::uint64_t seed = 1) {
    Generator g(seed);
    auto random = [&](const Shape& s) { return to(uniform(s, -1, 1, g, float64), dtype); };
    std::int64_t in = shape.back();
    x = random(shape), weight = random({out, in}), bias = random({out});
    if (rank > 0) A = random({rank, in}), B = random({out, rank});
    magnitude = to(uniform({axis == NormAxis::output ? out : in}, 0.5, 2, g, float64), dtype);
  }
  Tensors leaves() const {
    Tensors all;
    for (const Tensor& t : {x, bias, A, B, magnitude}) {
      if (t.defined()) all.push_back(t);
    }
    return all;
  }
};

using Call = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                        const DoraOptions&);

/// The output, and the gradients of all leaves under random upstream numbers; each in double.
std::vector<std::vector<double>> run(Call call, const Layer& layer, DoraOptions options) {
  Generator drops(7), upstream(8);
  options.generator = &drops;
  for (const Tensor& t : layer.leaves()) requires_grad(t), clear_grad(t);
  Tensor y = call(layer.x, layer.weight, layer.bias, layer.A, layer.B, layer.magnitude, options);
  backward(y, to(uniform(y.shape(), -1, 1, upstream, float64), y.dtype()));
  std::vector<std::vector<double>> results{to_vector<double>(y)};
  for (const Tensor& t : layer.leaves()) results.push_back(to_vector<double>(grad(t)));
  return results;
}

void check_close(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b,
                 double tolerance) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CAPTURE(i);
    CHECK(close(a[i], b[i], tolerance));
  }
}

/// The same numbers in float64.
Layer in_double(const Layer& layer) {
  Layer wide = layer;
  for (Tensor* t : {&wide.x, &wide.weight, &wide.bias, &wide.A, &wide.B, &wide.magnitude})
    if (t->defined()) *t = to(*t, float64).detach();
  return wide;
}

/// Row lengths of W + scale·B·A by plain loops.
std::vector<double> row_lengths(const Layer& layer, double scale) {
  std::vector<double> w = to_vector<double>(layer.weight), a = to_vector<double>(layer.A),
                      b = to_vector<double>(layer.B);
  std::size_t out = layer.weight.size(0), in = layer.weight.size(1), rank = layer.A.size(0);
  std::vector<double> lengths;
  for (std::size_t j = 0; j < out; ++j) {
    double squares = 0;
    for (std::size_t i = 0; i < in; ++i) {
      double v = w[j * in + i];
      for (std::size_t k = 0; k < rank; ++k) v += scale * b[j * rank + k] * a[k * in + i];
      squares += v * v;
    }
    lengths.push_back(std::sqrt(squares));
  }
  return lengths;
}

/// The fused norm's gradients of A and B against those of the composed one in float64.
void check_norm_gradients(const Layer& layer, double scale, double tolerance) {
  auto gradients = [&](auto norm, const Layer& l) {
    const Tensor A = requires_grad(clone(l.A).detach()), B = requires_grad(clone(l.B).detach());
    const Tensor n = norm(l.weight, A, B, scale);
    Generator upstream(8);
    backward(n, to(uniform(n.shape(), -1, 1, upstream, float64), n.dtype()));
    return std::vector<std::vector<double>>{to_vector<double>(grad(A)), to_vector<double>(grad(B))};
  };
  check_close(gradients([](auto... x) { return dora_weight_norm(x...); }, layer),
              gradients([](auto... x) { return dora_weight_norm_composed(x...); }, in_double(layer)), tolerance);
}

void set(const Tensor& x, std::int64_t at, double value) {
  visit_floating("set", x.dtype(),
                 [&]<class T>() { x.data<T>()[at] = static_cast<T>(static_cast<Compute<T>>(value)); });
}

}  // namespace

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

TEST_CASE("DoRA of sizes beyond one block of its kernels agrees with the composed one") {
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
        return [lora](const Tensor& x, const Tensor& w, const Tensor& b, const Tensor& A, const Tensor& B,
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

TEST_CASE("the weight norm is that of plain loops, B not zero and alpha not the rank") {
  Layer layer({1, 600}, 9, 5);
  CHECK(
      close(to_vector<double>(dora_weight_norm(layer.weight, layer.A, layer.B, 2.5)), row_lengths(layer, 2.5), 1e-13));
  Layer turned({1, 9}, 600, 5);
  turned.weight = transpose(layer.weight), turned.A = transpose(layer.B), turned.B = transpose(layer.A);
  CHECK(close(to_vector<double>(dora_weight_norm(turned.weight, turned.A, turned.B, 2.5, NormAxis::input)),
              row_lengths(layer, 2.5), 1e-13));
}

TEST_CASE("the norm of rows that nearly cancel is right, and so are its gradients") {
  for (DType dtype : {float32, float64}) {
    Layer layer({3, 40}, 6, 4, NormAxis::output, dtype);
    // Rows 1 and 4 of W become -scale·B·A and a little more.
    Tensor low = matmul(to(layer.B, float64), to(layer.A, float64)) * -1.5;
    std::vector<double> values = to_vector<double>(low);
    double rest = dtype == float32 ? 1e-3 : 1e-7;
    for (std::int64_t j : {1, 4}) {
      for (std::int64_t i = 0; i < 40; ++i)
        set(layer.weight, j * 40 + i, values[j * 40 + i] + rest * static_cast<double>(i % 5));
    }
    std::vector<double> n = to_vector<double>(dora_weight_norm(layer.weight, layer.A, layer.B, 1.5));
    std::vector<double> expected = row_lengths(layer, 1.5);
    for (std::size_t j = 0; j < n.size(); ++j)
      CHECK(n[j] == Approx(expected[j]).epsilon(dtype == float32 ? 1e-6 : 1e-9));
    check_norm_gradients(layer, 1.5, dtype == float32 ? 1e-4 : 1e-6);
    DoraOptions options{.scale = 1.5, .detach_norm = false};
    if (dtype == float64)
      check_close(run(dora_linear, layer, options), run(dora_linear_composed, layer, options), 1e-6);
  }
}

TEST_CASE("the norm is right where the columns of B cancel among themselves, and so are its gradients") {
  for (const DType dtype : {float32, float64}) {
    for (const double factor : {0.01, 0.1, 1.0, 10.0, 100.0}) {
      CAPTURE(factor, name(dtype));
      Generator g(3);
      Layer layer({5, 64}, 8, 2, NormAxis::output, dtype);
      const Tensor a = normal({1, 64}, 0, 1, g, dtype), b = full({8, 1}, factor, dtype);
      layer.weight = normal({8, 64}, 0, 0.02, g, dtype);
      layer.A = cat({a, a + normal({1, 64}, 0, 1e-3, g, dtype)}, 0);  // rows that are nearly parallel
      layer.B = cat({b, b * -1.0}, 1);
      const auto n = to_vector<double>(dora_weight_norm(layer.weight, layer.A, layer.B, 2));
      const auto expected = row_lengths(layer, 2);
      for (std::size_t j = 0; j < n.size(); ++j)
        CHECK(n[j] == Approx(expected[j]).epsilon(dtype == float32 ? 1e-6 : 1e-13));
      // The gradient of A has differences of its nearly parallel rows, in float32 good to 1e-3 / 6e-8.
      check_norm_gradients(layer, 2, dtype == float32 ? 2e-4 : 1e-11);
    }
  }
}

TEST_CASE("the norm is right however much of it cancels, among many columns as against the weight") {
  for (const DType dtype : {float32, float64}) {
    const double tolerance = dtype == float32 ? 2e-5 : 1e-12;
    for (const double rest : {1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.01}) {
      CAPTURE(rest, name(dtype));
      Generator g(5);
      Layer layer({1, 600}, 16, 64, NormAxis::output, dtype);
      const Tensor a = normal({1, 600}, 0, 1, g, dtype);
      auto check_norm = [&] {
        const auto n = to_vector<double>(dora_weight_norm(layer.weight, layer.A, layer.B, 2));
        const auto expected = row_lengths(layer, 2);
        for (std::size_t j = 0; j < n.size(); ++j) CHECK(n[j] == Approx(expected[j]).epsilon(tolerance));
      };
      // Sums over k that run up for half of the columns and down again for the others.
      layer.weight = normal({16, 600}, 0, 0.02, g, dtype);
      layer.A = a + normal({64, 600}, 0, rest, g, dtype);
      layer.B = cat({ones({16, 32}, dtype), ones({16, 32}, dtype) * -1.0}, 1);
      check_norm();
      // Random signs that come to nothing.
      layer.B = normal({16, 64}, 0, 1, g, dtype);
      layer.B = layer.B - mean(layer.B, {1}, true);
      check_norm();
      // The weight against the rest of V.
      layer.A = normal({64, 600}, 0, 1, g, dtype);
      layer.weight = matmul(layer.B, layer.A) * -2.0 + normal({16, 600}, 0, 16 * rest, g, dtype);
      check_norm();
    }
  }
}

TEST_CASE("rows of zeros stay zero, with finite output and zero gradients") {
  for (DType dtype : {float32, float64, bfloat16}) {
    for (DoraRoute route : {DoraRoute::factored, DoraRoute::merged}) {
      for (bool detach : {true, false}) {
        Layer layer({4, 6}, 5, 2, NormAxis::output, dtype);
        for (std::int64_t i = 0; i < 6; ++i) set(layer.weight, 2 * 6 + i, 0);
        for (std::int64_t k = 0; k < 2; ++k) set(layer.B, 2 * 2 + k, 0);
        std::vector<std::vector<double>> results =
            run(dora_linear, layer, {.scale = 3, .detach_norm = detach, .route = route});
        for (const std::vector<double>& values : results) {
          for (double value : values) CHECK(std::isfinite(value));
        }
        double bias = to_vector<double>(layer.bias)[2];
        for (std::size_t t = 0; t < 4; ++t) CHECK(results[0][t * 5 + 2] == bias);
        CHECK(results[4][2 * 2] == 0);  // dB
        CHECK(results[4][2 * 2 + 1] == 0);
        CHECK(results[5][2] == 0);  // dm
      }
    }
  }
}

TEST_CASE("magnitudes of zero and biases far above the rest have exact gradients") {
  for (DType dtype : {float64, float32}) {
    Layer layer({5, 8}, 6, 2, NormAxis::output, dtype);
    set(layer.magnitude, 1, 0);
    set(layer.magnitude, 2, -0.7);
    set(layer.magnitude, 4, 1e-9);
    set(layer.bias, 3, 1e6);
    const Layer wide = in_double(layer);
    for (DoraRoute route : {DoraRoute::factored, DoraRoute::merged}) {
      DoraOptions options{.scale = 2, .detach_norm = false, .route = route};
      check_close(run(dora_linear, layer, options), run(dora_linear_composed, wide, options),
                  dtype == float64 ? 1e-11 : 2e-5);
    }
  }
}

TEST_CASE("a large row of y that has no gradient does not hide what a bias has swallowed in the others") {
  Layer layer({6, 8}, 4, 2, NormAxis::output, float32);
  for (std::int64_t i = 8; i < 48; ++i) set(layer.x, i, 1e-6 * static_cast<double>(i % 7 - 3));
  const Layer wide = in_double(layer);
  auto magnitude_gradient = [](auto call, const Layer& l) {
    requires_grad(l.magnitude), clear_grad(l.magnitude);
    const Tensor y = call(l.x, l.weight, l.bias, l.A, l.B, l.magnitude, DoraOptions{.scale = 2});
    Generator g(5);
    Tensor upstream = to(uniform(y.shape(), -1, 1, g, float64), y.dtype());
    fill_(slice(upstream, 0, 0, 1), 0);
    backward(y, upstream);
    return to_vector<double>(grad(l.magnitude));
  };
  CHECK(close(magnitude_gradient(dora_linear, layer), magnitude_gradient(dora_linear_composed, wide), 1e-4));
}

TEST_CASE("magnitudes whose outputs float16 cannot hold have the gradients they would have in float64") {
  for (const double magnitude : {2e-7, 1e-5, 1e-3}) {
    CAPTURE(magnitude);
    Layer layer({16, 32}, 4, 2, NormAxis::output, float16);
    layer.bias = {};
    for (Tensor* t : {&layer.A, &layer.B}) *t = to(*t, float32);
    layer.magnitude = full({4}, magnitude);
    const Layer wide = in_double(layer);
    const DoraOptions options{.scale = 2};
    const auto found = run(dora_linear, layer, options), expected = run(dora_linear_composed, wide, options);
    // x in float16 leaves errors of 5e-4 in each of 16 terms.
    CHECK(close(found.back(), expected.back(), 2e-3));
  }
}

TEST_CASE("a half weight with long rows goes with a float32 adapter, norms and sums in float32") {
  for (const DType dtype : {bfloat16, float16}) {
    CAPTURE(name(dtype));
    Layer layer({6, 400}, 5, 3);
    layer.weight = to(layer.weight * 30.0, dtype);  // squares of rows are beyond what float16 can hold
    layer.x = to(layer.x * 30.0, dtype);
    for (Tensor* t : {&layer.bias, &layer.A, &layer.B, &layer.magnitude}) *t = to(*t, float32);
    DoraOptions options{.scale = 0.5, .detach_norm = false};
    std::vector<std::vector<double>> half = run(dora_linear, layer, options);
    std::vector<double> n = to_vector<double>(dora_weight_norm(layer.weight, layer.A, layer.B, 0.5));
    std::vector<double> lengths = row_lengths(layer, 0.5);
    CHECK(close(n, lengths, 1e-6));
    CHECK(*std::min_element(lengths.begin(), lengths.end()) > 256);
    CHECK(grad(layer.x).dtype() == dtype);
    CHECK(grad(layer.A).dtype() == float32);
    check_norm_gradients(layer, 0.5, 1e-5);
    // y and what flows in have 8 bits, or 11.
    check_close(half, run(dora_linear_composed, in_double(layer), options), dtype == bfloat16 ? 2e-2 : 2e-3);
  }
}

TEST_CASE("biases that swallow the rest of every column leave the magnitude's gradient whole") {
  for (const DType dtype : {float32, bfloat16}) {
    for (const DoraRoute route : {DoraRoute::factored, DoraRoute::merged}) {
      CAPTURE(name(dtype), static_cast<int>(route));
      Layer layer({3, 40}, 150, 2, NormAxis::output, dtype);  // more columns than are computed again at once
      for (Tensor* t : {&layer.A, &layer.B, &layer.magnitude}) *t = to(*t, float32);
      layer.bias = full({150}, 1e5);
      const DoraOptions options{.scale = 2, .route = route};
      // The gradient that flows in is rounded to the dtype.
      CHECK(close(run(dora_linear, layer, options).back(), run(dora_linear_composed, in_double(layer), options).back(),
                  dtype == float32 ? 1e-5 : 1e-2));
    }
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

TEST_CASE("a cache keeps the norm until the weight, A or B changes") {
  Layer layer({4, 6}, 5, 2);
  DoraCache cache;
  DoraOptions options{.scale = 2, .cache = &cache};
  auto call = [&](DoraOptions o) {
    return to_vector<double>(dora_linear(layer.x, layer.weight, layer.bias, layer.A, layer.B, layer.magnitude, o));
  };
  for (const Tensor& t : {layer.A, layer.B, layer.weight}) {
    call(options);
    Tensor kept = cache.find(layer.weight, layer.A, layer.B, 2, NormAxis::output);
    REQUIRE(kept.defined());
    call(options);
    CHECK(cache.find(layer.weight, layer.A, layer.B, 2, NormAxis::output).is(kept));
    copy_(t, t * 1.5);
    CHECK(!cache.find(layer.weight, layer.A, layer.B, 2, NormAxis::output).defined());
    CHECK(call(options) == call({.scale = 2}));
  }
  CHECK(!cache.find(layer.weight, {}, {}, 2, NormAxis::output).defined());
  CHECK(!cache.find(layer.weight, layer.A, layer.B, 1, NormAxis::output).defined());
}

TEST_CASE("DoRA keeps x, x·Aᵀ and y for the backward pass and nothing of the weight's size") {
  Generator g(2);
  std::int64_t rows = 64, in = 512, out = 512, rank = 16;
  Tensor x = uniform({rows, in}, -1, 1, g), weight = uniform({out, in}, -1, 1, g), A = uniform({rank, in}, -1, 1, g);
  Tensor B = uniform({out, rank}, -1, 1, g), m = uniform({out}, 1, 2, g);
  for (const Tensor& t : {x, A, B, m}) requires_grad(t);
  allocator(cpu).drop_cache();
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
  Tensor y =
      dora_linear(layer.x, layer.weight, {}, layer.A * unsqueeze(d, 1), layer.B * unsqueeze(b, 1), layer.magnitude);
  backward(sum(y));
  CHECK(grad(d).shape() == d.shape());
  CHECK(grad(b).shape() == b.shape());
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
