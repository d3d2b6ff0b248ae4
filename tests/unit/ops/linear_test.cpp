#include "../../numeric.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

double sum_of_products(const Tensor& a, const Tensor& b) {
  std::vector<double> x = to_vector<double>(a), y = to_vector<double>(b);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum;
}

/// x·wᵀ + b row by row, by plain loops: w [out, in].
std::vector<double> plain_linear(const Tensor& x, const Tensor& w, const Tensor& b) {
  const std::vector<double> px = to_vector<double>(x), pw = to_vector<double>(w), pb = to_vector<double>(b);
  const auto in = static_cast<std::size_t>(w.size(1));
  std::vector<double> y;
  for (std::size_t t = 0; t < px.size() / in; ++t) {
    for (std::size_t j = 0; j < pb.size(); ++j) {
      double sum = pb[j];
      for (std::size_t i = 0; i < in; ++i) sum += px[t * in + i] * pw[j * in + i];
      y.push_back(sum);
    }
  }
  return y;
}

}  // namespace

TEST_CASE("linear agrees with plain loops, its gradients with central differences") {
  Generator generator(3);
  for (const Shape& shape : {Shape{4}, Shape{5, 4}, Shape{2, 3, 4}, Shape{0, 4}}) {
    Tensor x = uniform(shape, -1, 1, generator, float64), w = uniform({3, 4}, -1, 1, generator, float64);
    Tensor b = uniform({3}, -1, 1, generator, float64);
    Tensor y = linear(x, w, b);
    Shape expected_shape = shape;
    expected_shape[expected_shape.size() - 1] = 3;
    REQUIRE(y.shape() == expected_shape);
    CHECK(close(to_vector<double>(y), plain_linear(x, w, b), 1e-14));

    Tensor upstream = uniform(y.shape(), -1, 1, generator, float64);
    auto loss = [&] {
      NoGrad no_grad;
      return sum_of_products(linear(x, w, b), upstream);
    };
    for (const Tensor& leaf : {x, w, b}) requires_grad(leaf);
    backward(linear(x, w, b), upstream);
    for (const Tensor& leaf : {x, w, b})
      CHECK(close(to_vector<double>(grad(leaf)), numeric_gradient(leaf, loss), 1e-7));
  }
}

TEST_CASE("linear takes rows that lie unevenly and a weight that is a view") {
  Generator generator(4);
  Tensor x = transpose(uniform({2, 4, 3}, -1, 1, generator, float64)),
         w = transpose(uniform({4, 5}, -1, 1, generator, float64));
  CHECK(close(to_vector<double>(linear(x, w)), to_vector<double>(linear(clone(x), clone(w))), 1e-14));
}

TEST_CASE("linear adds its bias in every dtype, wherever it lies") {
  Generator generator(4);
  for (DType dtype : {float64, float32, bfloat16, float16}) {
    const Tensor x = to(uniform({9, 16}, -1, 1, generator), dtype), w = to(uniform({24, 16}, -1, 1, generator), dtype);
    const Tensor twice = to(uniform({24, 2}, -1, 1, generator), dtype);
    for (const Tensor& b :
         {select(twice, 1, 0), contiguous(select(twice, 1, 1)), slice(reshape(twice, {48}), 0, 1, 25)}) {
      CHECK(close(to_vector<double>(linear(x, w, b)), plain_linear(x, w, b), size_of(dtype) == 2 ? 1e-2 : 1e-6));
    }
  }
}

TEST_CASE("a frozen weight or input of linear gets no gradient and is not kept") {
  Generator generator(4);
  Tensor x = requires_grad(uniform({6, 4}, -1, 1, generator)), w = uniform({5, 4}, -1, 1, generator);
  allocator(default_device()).drop_cache();  // a larger block that is free would be taken whole
  std::size_t before = memory_stats().current;
  Tensor y = linear(x, w);
  CHECK(memory_stats().current - before <= 64 + 6 * 5 * 4);
  backward(y, ones({6, 5}));
  CHECK(!grad(w).defined());
  CHECK(grad(x).shape() == x.shape());

  clear_grad(x);
  requires_grad(x, false);
  requires_grad(w);
  {
    Tensor big = uniform({512, 4}, -1, 1, generator);
    backward(linear(big, w), ones({512, 5}));
  }
  CHECK(!grad(x).defined());
  CHECK(grad(w).shape() == w.shape());
}

TEST_CASE("linear says which shapes do not fit") {
  CHECK_THROWS_WITH(linear(zeros({2, 3}), zeros({4, 5})), ContainsSubstring("[2, 3]") && ContainsSubstring("[4, 5]"));
  CHECK_THROWS_WITH(linear(zeros({2, 3}), zeros({4, 3}), zeros({3})), ContainsSubstring("bias"));
  CHECK_THROWS_AS(linear(zeros({2, 3}), zeros({4, 3}, float64)), Error);
}
