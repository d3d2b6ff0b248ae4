#include "dora_layer.h"

using namespace adora;
using namespace adora::test;

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
