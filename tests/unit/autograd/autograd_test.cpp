#include "../../catch.h"
#include "but_elementwise.h"
#include "ops/elementwise/exp.h"

using namespace adora;

TEST_CASE("a second derivative of an elementwise function is that of the formula") {
  Tensor x = requires_grad(tensor<double>({1, 2, 3}));
  Tensor y = exp(x * 2.0) * x;
  Tensor ones3 = ones({3}, float64);
  Tensor g = gradients({y}, {x}, {.create_graph = true, .gradients = {ones3}})[0];
  backward(g, ones3);
  for (int i = 0; i < 3; ++i) {
    double v = i + 1.0;
    CHECK(to_vector<double>(grad(x))[i] == Approx(std::exp(2 * v) * (4 + 4 * v)));
  }
}

TEST_CASE("the gradient of a product of matrices is the product with the other transposed") {
  Tensor a = requires_grad(tensor<double>(std::vector<double>{1, 2, 3, 4, 5, 6}, {2, 3}));
  Tensor b = requires_grad(tensor<double>(std::vector<double>{1, -1, 2, -2, 3, -3}, {3, 2}));
  backward(matmul(a, b), tensor<double>(std::vector<double>{1, 10, 100, 1000}, {2, 2}));
  CHECK(to_vector<double>(grad(a)) == std::vector<double>{-9, -18, -27, -900, -1800, -2700});
  CHECK(to_vector<double>(grad(b)) == std::vector<double>{401, 4010, 502, 5020, 603, 6030});
}
