#include "backends/low_rank.h"
#include "dora_layer.h"

using namespace adora;
using namespace adora::test;

// Adapted layers with a quantized weight, against the same with a plain weight of the numbers that it stands for.

namespace {

constexpr QuantizedFormat both_formats[] = {QuantizedFormat::nf4, QuantizedFormat::int8};

/// Quantized and plain, output and gradients.
void check_as_plain(Call call, const Layer& layer, const DoraOptions& options, QuantizedFormat format,
                    double tolerance) {
  const QuantizedMatrix q = quantize(layer.weight, format);
  check_close(run(call, layer, options, q), run(call, layer, options, dequantize(q)), tolerance);
}

Tensor lora(const Tensor& x, const FrozenMatrix& w, const Tensor& bias, const Tensor& A, const Tensor& B,
            const Tensor& m, const DoraOptions& o) {
  // The magnitude takes part, so that it has a gradient to compare.
  return lora_linear(x, w, bias, A, B, {o.scale, o.dropout, o.generator}) * sum(m);
}

Tensor vera(const Tensor& x, const FrozenMatrix& w, const Tensor& bias, const Tensor& A, const Tensor& B,
            const Tensor& m, const DoraOptions& o) {
  return vera_linear(x, w, bias, A, B, sum(A, {1}), m, {o.scale, o.dropout, o.generator});
}

Tensor frozen(const Tensor& x, const FrozenMatrix& w, const Tensor& bias, const Tensor& A, const Tensor& B,
              const Tensor& m, const DoraOptions&) {
  return frozen_linear(x, w, bias) * sum(m) * sum(A) * sum(B);
}

}  // namespace

TEST_CASE("QDoRA is DoRA with the numbers that the codes stand for, gradients included", "[long]") {
  for (QuantizedFormat format : both_formats) {
    for (DType dtype : {float64, float32}) {
      for (bool detach : {true, false}) {
        for (double dropout : {0.0, 0.3}) {
          for (bool reference : {false, true}) {
            for (std::int64_t rank : {0, 3}) {
              CAPTURE(name(format), name(dtype), detach, dropout, reference, rank);
              const DoraOptions options{
                  .scale = 0.75, .dropout = dropout, .reference_dropout = reference, .detach_norm = detach};
              Layer layer({2, 5, 71}, 9, rank, NormAxis::output, dtype);
              check_as_plain(dora_linear, layer, options, format, dtype == float64 ? 1e-12 : 2e-5);
              layer.bias = Tensor();
              check_as_plain(dora_linear, layer, options, format, dtype == float64 ? 1e-12 : 2e-5);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("QDoRA of more rows than are dequantized at a time agrees with DoRA", "[long]") {
  for (QuantizedFormat format : both_formats) {
    for (bool detach : {true, false}) {
      const DoraOptions options{.scale = 0.5, .dropout = 0.1, .detach_norm = detach};
      check_as_plain(dora_linear, Layer({33, 70}, 1100, 5), options, format, 1e-11);
      check_as_plain(dora_linear, Layer({33, 70}, 1100, 5, NormAxis::output, float32), options, format, 2e-5);
      check_as_plain(lora, Layer({33, 70}, 1100, 5), options, format, 1e-11);
    }
  }
}

TEST_CASE("either route gives QDoRA's numbers, and so does the composed form") {
  const Layer layer({4, 66}, 7, 2);
  const QuantizedMatrix q = quantize(layer.weight, QuantizedFormat::nf4);
  const DoraOptions options{.scale = 1.5, .detach_norm = false};
  const auto expected = run(dora_linear_composed, layer, options, dequantize(q));
  check_close(run(dora_linear_composed, layer, options, q), expected, 1e-12);
  for (DoraRoute route : {DoraRoute::factored, DoraRoute::merged}) {
    DoraOptions chosen = options;
    chosen.route = route;
    check_close(run(dora_linear, layer, chosen, q), expected, 1e-12);
  }
}

TEST_CASE("QLoRA, VeRA and the plain product take quantized weights too", "[long]") {
  for (QuantizedFormat format : both_formats) {
    for (DType dtype : {float64, float32}) {
      for (double dropout : {0.0, 0.3}) {
        for (const Shape& shape : {Shape{67}, Shape{3, 130}, Shape{2, 3, 5}, Shape{0, 4}}) {
          CAPTURE(name(format), name(dtype), dropout, to_string(shape));
          const Layer layer(shape, 6, 2, NormAxis::output, dtype);
          const DoraOptions options{.scale = 1.5, .dropout = dropout};
          for (Call call : {Call(lora), Call(vera), Call(frozen)})
            check_as_plain(call, layer, options, format, dtype == float64 ? 1e-12 : 2e-5);
        }
      }
    }
  }
}

TEST_CASE("a half-precision x goes with a quantized weight, and sums are float32") {
  for (DType half : {bfloat16, float16}) {
    Layer layer({6, 130}, 5, 2, NormAxis::output, half);
    for (Tensor* t : {&layer.bias, &layer.A, &layer.B, &layer.magnitude}) *t = to(*t, float32);
    const QuantizedMatrix q = quantize(layer.weight, QuantizedFormat::nf4);
    const DoraOptions options{.scale = 0.5};
    Layer wide = layer;
    wide.x = to(layer.x, float32);
    const auto found = run(dora_linear, layer, options, q);
    const auto expected = run(dora_linear, wide, options, dequantize(q.with_dtype(float32)));
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(close(found[i], expected[i], half == bfloat16 ? 2e-2 : 3e-3));
  }
}

TEST_CASE("the norm of a quantized weight is that of plain loops, and is kept while nothing moves") {
  for (QuantizedFormat format : both_formats) {
    for (DType dtype : {float64, float32}) {
      Layer layer({1, 200}, 30, 4, NormAxis::output, dtype);
      const QuantizedMatrix q = quantize(layer.weight, format);
      layer.weight = dequantize(q);
      const double tolerance = dtype == float64 ? 1e-13 : 1e-6;
      CHECK(close(to_vector<double>(dora_weight_norm(q, layer.A, layer.B, 0.6)), row_lengths(layer, 0.6), tolerance));
      CHECK(close(to_vector<double>(dora_weight_norm(q, {}, {}, 1)), to_vector<double>(norm(layer.weight, {1})),
                  tolerance));
      DoraCache cache;
      const Tensor n = dora_weight_norm(q, layer.A, layer.B, 0.6);
      cache.keep(q, layer.A, layer.B, 0.6, NormAxis::output, n);
      CHECK(cache.find(q, layer.A, layer.B, 0.6, NormAxis::output).is(n));
      CHECK_FALSE(cache.find(layer.weight, layer.A, layer.B, 0.6, NormAxis::output).defined());
      CHECK_FALSE(cache.find(quantize(layer.weight, format), layer.A, layer.B, 0.6, NormAxis::output).defined());
      for (const Tensor& part : {q.codes, q.scales, q.group_scales, layer.A}) {
        cache.keep(q, layer.A, layer.B, 0.6, NormAxis::output, n);
        copy_(part, clone(part));
        CHECK_FALSE(cache.find(q, layer.A, layer.B, 0.6, NormAxis::output).defined());
      }
    }
  }
}

TEST_CASE("a row of zeros, and one that the adapter cancels, stay without NaN in QDoRA") {
  Layer layer({5, 70}, 4, 2, NormAxis::output, float32);
  Tensor weight = clone(layer.weight);
  copy_(slice(weight, 0, 1, 2), zeros({1, 70}));
  copy_(slice(layer.B, 0, 1, 2), zeros({1, 2}));
  layer.weight = weight;
  for (bool detach : {true, false}) {
    const DoraOptions options{.scale = 2, .detach_norm = detach};
    check_as_plain(dora_linear, layer, options, QuantizedFormat::nf4, 2e-5);
    const auto results = run(dora_linear, layer, options, quantize(weight, QuantizedFormat::nf4));
    for (const auto& numbers : results)
      for (double value : numbers) CHECK(std::isfinite(value));
  }
}

TEST_CASE("where y has lost the magnitude's gradient it is computed from the codes") {
  Layer layer({9, 70}, 6, 2, NormAxis::output, float32);
  layer.bias = full({6}, 1e6);   // y has no digits of x·Vᵀ left
  set(layer.magnitude, 2, 0.0);  // and here there is nothing to divide by
  const DoraOptions options{.scale = 0.5};
  const QuantizedMatrix q = quantize(layer.weight, QuantizedFormat::int8);
  const auto found = run(dora_linear, layer, options, q);
  Layer wide = in_double(layer);
  wide.weight = dequantize(q.with_dtype(float64));
  const auto expected = run(dora_linear_composed, wide, options);
  CHECK(close(found.back(), expected.back(), 1e-5));
}

TEST_CASE("nothing of a quantized weight's size is made in a step", "[long]") {
  const std::int64_t out = 4096, in = 1024, rank = 8;
  const QuantizedMatrix q = quantize(full({out, in}, 0.25), QuantizedFormat::nf4);
  Generator g(2);
  const Tensor x = requires_grad(normal({4, in}, 0, 1, g)), A = requires_grad(normal({rank, in}, 0, 1, g)),
               B = requires_grad(normal({out, rank}, 0, 1, g)), m = requires_grad(ones({out}));
  reset_peak_memory();
  const std::size_t before = memory_stats().current;
  backward(sum(dora_linear(x, q, {}, A, B, m, {.scale = 2, .detach_norm = false})));
  // Tiles on the way there, blocks of rows on the way back: at most half of it, however many threads there are.
  CHECK(memory_stats().peak - before < 0.6 * static_cast<double>(out * in * static_cast<std::int64_t>(sizeof(float))));
}

TEST_CASE("what a quantized weight can't do is refused with a way out") {
  Layer layer({3, 70}, 5, 2);
  const QuantizedMatrix q = quantize(layer.weight, QuantizedFormat::nf4);
  CHECK_THROWS_WITH(dora_weight_norm(q, layer.A, layer.B, 1, NormAxis::input), ContainsSubstring("norm_axis"));
  Layer columns({3, 70}, 5, 2, NormAxis::input);
  CHECK_THROWS_WITH(run(dora_linear, columns, {.norm_axis = NormAxis::input}, q), ContainsSubstring("nf4 [5, 70]"));
  CHECK_THROWS_WITH(frozen_linear(ones({2, 69}), q), ContainsSubstring("nf4 [5, 70]"));
  CHECK_THROWS_WITH(lora_linear(ones({2, 70}), q, ones({4}), ones({2, 70}), ones({5, 2})), ContainsSubstring("bias"));
  const Tensor x = requires_grad(ones({2, 70}));
  // A quantized weight that was written over while a graph needed it.
  const Tensor y = frozen_linear(x, quantize(layer.weight, QuantizedFormat::nf4));
  const QuantizedMatrix other = quantize(layer.weight, QuantizedFormat::nf4);
  const Tensor z = frozen_linear(x, other);
  fill_(other.codes, 3);
  CHECK_THROWS_WITH(backward(sum(z)), ContainsSubstring("changed"));
  backward(sum(y));
}
