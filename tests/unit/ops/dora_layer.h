#pragma once
// One adapted layer, and what tests of DoRA share.
#include "../../numeric.h"
#include "but_elementwise.h"

namespace adora::test {

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

using Call = Tensor (*)(const Tensor&, const FrozenMatrix&, const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                        const DoraOptions&);

/// The output, and the gradients of all leaves under random upstream numbers, with another weight in the layer's place;
/// each in double.
inline std::vector<std::vector<double>> run(Call call, const Layer& layer, DoraOptions options,
                                            const FrozenMatrix& weight) {
  Generator drops(7), upstream(8);
  options.generator = &drops;
  for (const Tensor& t : layer.leaves()) requires_grad(t), clear_grad(t);
  Tensor y = call(layer.x, weight, layer.bias, layer.A, layer.B, layer.magnitude, options);
  backward(y, to(uniform(y.shape(), -1, 1, upstream, float64), y.dtype()));
  std::vector<std::vector<double>> results{to_vector<double>(y)};
  for (const Tensor& t : layer.leaves()) results.push_back(to_vector<double>(grad(t)));
  return results;
}

inline std::vector<std::vector<double>> run(Call call, const Layer& layer, const DoraOptions& options) {
  return run(call, layer, options, layer.weight);
}

inline void check_close(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b,
                        double tolerance) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CAPTURE(i);
    CHECK(close(a[i], b[i], tolerance));
  }
}

/// The same numbers in float64.
inline Layer in_double(const Layer& layer) {
  Layer wide = layer;
  for (Tensor* t : {&wide.x, &wide.weight, &wide.bias, &wide.A, &wide.B, &wide.magnitude})
    if (t->defined()) *t = to(*t, float64).detach();
  return wide;
}

/// Row lengths of W + scale·B·A by plain loops.
inline std::vector<double> row_lengths(const Layer& layer, double scale) {
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
inline void check_norm_gradients(const Layer& layer, double scale, double tolerance) {
  auto gradients_of = [&](auto norm, const Layer& l) {
    const Tensor A = requires_grad(clone(l.A).detach()), B = requires_grad(clone(l.B).detach());
    const Tensor n = norm(l.weight, A, B, scale);
    Generator upstream(8);
    backward(n, to(uniform(n.shape(), -1, 1, upstream, float64), n.dtype()));
    return std::vector<std::vector<double>>{to_vector<double>(grad(A)), to_vector<double>(grad(B))};
  };
  check_close(gradients_of([](auto... x) { return dora_weight_norm(x...); }, layer),
              gradients_of([](auto... x) { return dora_weight_norm_composed(x...); }, in_double(layer)), tolerance);
}

}  // namespace adora::test
