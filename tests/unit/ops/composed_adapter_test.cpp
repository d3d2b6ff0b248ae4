#include "../../numeric.h"
#include "but_elementwise.h"

// The composed forms of adapted layers, the oracles of the fused ones: their gradients and the gradients of these
// against central differences.

using namespace adora;

namespace {

/// Inputs of an adapted layer in float64: x [2, 3], weight [4, 3], bias [4], A [2, 3], B [4, 2].
Tensors layer_inputs() {
  Generator g(1);
  Tensors inputs;
  for (const Shape& shape : {Shape{2, 3}, {4, 3}, {4}, {2, 3}, {4, 2}})
    inputs.push_back(uniform(shape, -1, 1, g, float64));
  return inputs;
}

void check_both(const TensorFunction& f, const Tensors& inputs, const std::vector<bool>& differentiable = {}) {
  GradCheckOptions options;
  options.differentiable = differentiable;
  CHECK(gradcheck(f, inputs, options));
  options.layouts = {InputLayout::contiguous};  // the suite has the others, op by op
  CHECK(gradgradcheck(f, inputs, options));
}

/// The lengths of the rows of W + scale·B·A, or of its columns, by plain loops.
std::vector<double> lengths(const Tensors& inputs, double scale, NormAxis axis) {
  const auto w = to_vector<double>(inputs[1]), a = to_vector<double>(inputs[3]), b = to_vector<double>(inputs[4]);
  const std::size_t out = 4, in = 3, rank = 2;
  std::vector<double> result(axis == NormAxis::output ? out : in, 0.0);
  for (std::size_t j = 0; j < out; ++j) {
    for (std::size_t i = 0; i < in; ++i) {
      double v = w[j * in + i];
      for (std::size_t k = 0; k < rank; ++k) v += scale * b[j * rank + k] * a[k * in + i];
      result[axis == NormAxis::output ? j : i] += v * v;
    }
  }
  for (double& x : result) x = std::sqrt(x);
  return result;
}

}  // namespace

TEST_CASE("composed DoRA has the gradients of central differences, and so have these", "[long]") {
  for (const NormAxis axis : {NormAxis::output, NormAxis::input}) {
    for (const bool reference : {false, true}) {
      for (const double dropout : {0.0, 0.4}) {
        if (reference && dropout == 0) continue;
        CAPTURE(static_cast<int>(axis), reference, dropout);
        Tensors inputs = layer_inputs();
        Generator g(2);
        inputs.push_back(uniform({axis == NormAxis::output ? 4 : 3}, 0.5, 2, g, float64));
        auto layer = [=](bool detach) {
          return [=](const Tensors& in) {
            Generator drops(5);
            return dora_linear_composed(in[0], in[1], in[2], in[3], in[4], in[5],
                                        {.scale = 0.7,
                                         .dropout = dropout,
                                         .generator = &drops,
                                         .reference_dropout = reference,
                                         .norm_axis = axis,
                                         .detach_norm = detach});
          };
        };
        check_both(layer(false), inputs);
        // A norm held constant shows in no difference of W, A or B.
        check_both(layer(true), inputs, {true, false, true, false, false, true});
      }
    }
  }
}

TEST_CASE("with a detached norm composed DoRA has the gradients of a layer whose norm is a number") {
  for (const NormAxis axis : {NormAxis::output, NormAxis::input}) {
    CAPTURE(static_cast<int>(axis));
    Tensors in = layer_inputs();
    const std::vector<double> n = lengths(in, 0.7, axis), m = {0.6, 1.7, -0.8, 1.1},
                              upstream{1, -2, 3, 0.5, -1, 2, 1, 4};
    std::vector<double> c, used(m.begin(), m.begin() + static_cast<std::ptrdiff_t>(n.size()));
    for (std::size_t i = 0; i < n.size(); ++i) c.push_back(used[i] / n[i]);
    auto loss = [&] {
      const auto x = to_vector<double>(in[0]), w = to_vector<double>(in[1]), bias = to_vector<double>(in[2]),
                 a = to_vector<double>(in[3]), b = to_vector<double>(in[4]);
      double sum = 0;
      for (std::size_t t = 0; t < 2; ++t) {
        for (std::size_t j = 0; j < 4; ++j) {
          double y = bias[j];
          for (std::size_t i = 0; i < 3; ++i) {
            double v = w[j * 3 + i];
            for (std::size_t k = 0; k < 2; ++k) v += 0.7 * b[j * 2 + k] * a[k * 3 + i];
            y += c[axis == NormAxis::output ? j : i] * v * x[t * 3 + i];
          }
          sum += upstream[t * 4 + j] * y;
        }
      }
      return sum;
    };
    for (const Tensor& t : in) requires_grad(t);
    const Tensor y =
        dora_linear_composed(in[0], in[1], in[2], in[3], in[4], tensor(used, {static_cast<std::int64_t>(used.size())}),
                             {.scale = 0.7, .norm_axis = axis, .detach_norm = true});
    backward(y, tensor(upstream, {2, 4}));
    for (const Tensor& t : in) CHECK(close(to_vector<double>(grad(t)), numeric_gradient(t, loss), 1e-7));
  }
}

TEST_CASE("the composed weight norm has the gradients of central differences, and so have these") {
  for (const NormAxis axis : {NormAxis::output, NormAxis::input}) {
    const Tensors in = layer_inputs();
    CHECK(close(to_vector<double>(dora_weight_norm_composed(in[1], in[3], in[4], 0.7, axis)), lengths(in, 0.7, axis),
                1e-14));
    check_both([=](const Tensors& x) { return dora_weight_norm_composed(x[0], x[1], x[2], 0.7, axis); },
               {in[1], in[3], in[4]});
  }
}

TEST_CASE("composed LoRA has the gradients of central differences, and so have these") {
  for (const double dropout : {0.0, 0.4}) {
    check_both(
        [=](const Tensors& in) {
          Generator drops(5);
          return lora_linear_composed(in[0], in[1], in[2], in[3], in[4],
                                      {.scale = 0.7, .dropout = dropout, .generator = &drops});
        },
        layer_inputs());
  }
}

TEST_CASE("VeRA has the gradients of central differences, and so have these") {
  Tensors inputs = layer_inputs();
  Generator g(3);
  inputs.push_back(uniform({2}, -1, 1, g, float64));
  inputs.push_back(uniform({4}, -1, 1, g, float64));
  for (const double dropout : {0.0, 0.4}) {
    check_both(
        [=](const Tensors& in) {
          Generator drops(5);
          return vera_linear_composed(in[0], in[1], in[2], in[3], in[4], in[5], in[6],
                                      {.scale = 0.7, .dropout = dropout, .generator = &drops});
        },
        inputs);
  }
}
