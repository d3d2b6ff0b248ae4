#include "dora_layer.h"

using namespace adora;
using namespace adora::test;

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
  for (DType dtype : {float32, float64, bfloat16, float16}) {
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
    // A GPU takes factors of products rounded to the weight's dtype.
    const double unit = dtype == bfloat16 ? 4e-3 : 5e-4;
    check_norm_gradients(layer, 0.5, default_device() == cpu ? 1e-5 : 2 * unit);
    // y and what flows in have 8 bits, or 11.
    check_close(half, run(dora_linear_composed, in_double(layer), options), dtype == bfloat16 ? 2e-2 : 2e-3);
  }
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
