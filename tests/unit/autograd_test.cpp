#include "../catch.h"
#include "adora.h"

using namespace adora;

TEST_CASE("a second derivative of an elementwise function is that of the formula") {
  Tensor x = requires_grad(tensor<double>({1, 2, 3}));
  Tensor y = exp(x * 2.0) * x;
  Tensor ones3 = ones({3}, float64);
  Tensor g = grad({y}, {x}, {.create_graph = true, .gradients = {ones3}})[0];
  backward(g, ones3);
  for (int i = 0; i < 3; ++i) {
    double v = i + 1.0;
    CHECK(to_vector<double>(grad(x))[i] == Approx(std::exp(2 * v) * (4 + 4 * v)));
  }
}

TEST_CASE("the gradient of a product of matrices is the product with the other transposed") {
  Generator generator(1);
  Tensor a = requires_grad(uniform({3, 4}, -1, 1, generator, float64));
  Tensor b = requires_grad(uniform({4, 2}, -1, 1, generator, float64));
  backward(matmul(a, b), ones({3, 2}, float64));
  CHECK(to_string(grad(a)) == to_string(matmul(ones({3, 2}, float64), transpose(b))));
}
