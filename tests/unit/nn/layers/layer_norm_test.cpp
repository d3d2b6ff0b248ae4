#include "../../../numeric.h"
#include "but_elementwise.h"

using namespace adora;

TEST_CASE("the LayerNorm module computes what plain loops do, weight, bias and eps included") {
  const std::size_t rows = 6, width = 5;
  const double eps = 0.03;
  for (const DType dtype : {float64, float32}) {
    LayerNorm norm(width, eps, {.dtype = dtype});
    Generator g(1);
    const Tensor x = normal({2, 3, width}, 0.5, 2, g, dtype);
    auto expected = [&] {
      const auto from = to_vector<double>(x), weight = to_vector<double>(norm.weight),
                 bias = to_vector<double>(norm.bias);
      std::vector<double> y;
      for (std::size_t t = 0; t < rows; ++t) {
        double mean = 0, variance = 0;
        for (std::size_t i = 0; i < width; ++i) mean += from[t * width + i] / width;
        for (std::size_t i = 0; i < width; ++i) variance += (from[t * width + i] - mean) * (from[t * width + i] - mean);
        variance /= width;
        for (std::size_t i = 0; i < width; ++i)
          y.push_back((from[t * width + i] - mean) / std::sqrt(variance + eps) * weight[i] + bias[i]);
      }
      return y;
    };
    const double tolerance = dtype == float64 ? 1e-14 : 1e-6;
    CHECK(close(to_vector<double>(norm(x)), expected(), tolerance));
    StateDict state;
    state["weight"] = uniform({width}, -2, 2, g, dtype);
    state["bias"] = uniform({width}, -2, 2, g, dtype);
    norm.load_state_dict(state);
    CHECK(to_vector<double>(norm.weight) == to_vector<double>(state["weight"]));
    CHECK(norm(x).shape() == x.shape());
    CHECK(close(to_vector<double>(norm(x)), expected(), tolerance));
  }
}

TEST_CASE("the LayerNorm module trains its weight and its bias, by the gradients of central differences") {
  LayerNorm norm(4, 1e-5, {.dtype = float64});
  Generator g(2);
  const Tensor x = normal({3, 4}, 0, 1, g, float64), upstream = uniform({3, 4}, -1, 1, g, float64);
  norm.requires_grad(true);
  requires_grad(x);
  backward(norm(x), upstream);
  auto loss = [&] {
    NoGrad no_grad;
    return item(sum(norm(x) * upstream));
  };
  CHECK(norm.named_parameters().size() == 2);
  for (const Tensor& t : {x, norm.weight, norm.bias})
    CHECK(close(to_vector<double>(grad(t)), numeric_gradient(t, loss), 1e-7));
}

TEST_CASE("a LayerNorm goes without a bias, or without both parameters") {
  Generator g(2);
  const Tensor x = normal({3, 5}, 0.5, 2, g, float64);
  const LayerNorm whole(5, 1e-5, {.dtype = float64}), unbiased(5, 1e-5, {.bias = false, .dtype = float64}),
      bare(5, 1e-5, {.elementwise_affine = false});
  CHECK(unbiased.named_parameters().size() == 1);
  CHECK(bare.named_parameters().empty());
  CHECK(equal(unbiased(x), whole(x)));
  CHECK(equal(bare(x), whole(x)));
}
