#include "../../numeric.h"
#include "but_elementwise.h"

using namespace adora;

TEST_CASE("swiglu and its gradients agree with the formula") {
  Generator generator(1);
  for (auto [dtype, tolerance] : {std::pair{float64, 1e-13}, {float32, 1e-6}, {bfloat16, 1e-2}}) {
    for (int wanted = 0; wanted < 4; ++wanted) {
      Tensor gate = uniform({30, 7}, -6, 6, generator, dtype),
             up = transpose(uniform({7, 30}, -2, 2, generator, dtype));
      Tensor upstream = uniform({30, 7}, -1, 1, generator, dtype);
      std::vector<double> a = to_vector<double>(gate), b = to_vector<double>(up), g = to_vector<double>(upstream), y,
                          da, db;
      for (std::size_t i = 0; i < a.size(); ++i) {
        double s = 1 / (1 + std::exp(-a[i]));
        y.push_back(a[i] * s * b[i]);
        da.push_back(g[i] * b[i] * (s + a[i] * s * (1 - s)));
        db.push_back(g[i] * a[i] * s);
      }
      requires_grad(gate, wanted & 1);
      Tensor up_leaf = requires_grad(up.detach(), wanted & 2);
      Tensor out = swiglu(gate, up_leaf);
      CHECK(close(to_vector<double>(out), y, tolerance));
      if (wanted == 0) continue;
      backward(out, upstream);
      REQUIRE(grad(gate).defined() == ((wanted & 1) != 0));
      REQUIRE(grad(up_leaf).defined() == ((wanted & 2) != 0));
      if (wanted & 1) CHECK(close(to_vector<double>(grad(gate)), da, tolerance));
      if (wanted & 2) CHECK(close(to_vector<double>(grad(up_leaf)), db, tolerance));
    }
  }
}

TEST_CASE("swiglu has second derivatives, and none of it is lost far from zero") {
  Tensor gate = requires_grad(tensor<double>({0.3, -200, 200})), up = requires_grad(tensor<double>({2, 1, 1}));
  Tensor g = gradients({swiglu(gate, up)}, {gate}, {.create_graph = true, .gradients = {ones({3}, float64)}})[0];
  std::vector<double> first = to_vector<double>(g);
  CHECK(first[1] == Approx(0).margin(1e-12));
  CHECK(first[2] == Approx(1));
  backward(g, ones({3}, float64));
  // d²(x·sigmoid(x))/dx² = s·(1 - s)·(2 + x·(1 - 2s))
  double s = 1 / (1 + std::exp(-0.3));
  CHECK(to_vector<double>(grad(gate))[0] == Approx(2 * s * (1 - s) * (2 + 0.3 * (1 - 2 * s))));
  CHECK_THROWS_WITH(swiglu(gate, ones({2}, float64)), ContainsSubstring("[3]"));
}
