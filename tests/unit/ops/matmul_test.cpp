#include "../../numeric.h"

using namespace adora;

namespace {

Tensor drawn(const Shape& shape, std::uint64_t seed) {
  Generator generator(seed);
  return requires_grad(uniform(shape, -1, 1, generator, float64));
}

/// a [batch, m, k] times b [batch, k, n] by plain loops, each batch 1 or more; either may be 1 and is used again.
std::vector<double> plain(const Tensor& a, const Tensor& b) {
  const std::vector<double> pa = to_vector<double>(a), pb = to_vector<double>(b);
  const auto size = [](const Tensor& x, int d) { return static_cast<std::size_t>(x.size(d)); };
  const std::size_t batch = std::max(size(a, 0), size(b, 0)), m = size(a, 1), k = size(a, 2), n = size(b, 2);
  std::vector<double> y;
  for (std::size_t s = 0; s < batch; ++s) {
    const double *left = pa.data() + (size(a, 0) == 1 ? 0 : s * m * k),
                 *right = pb.data() + (size(b, 0) == 1 ? 0 : s * k * n);
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::size_t p = 0; p < k; ++p) sum += left[i * k + p] * right[p * n + j];
        y.push_back(sum);
      }
    }
  }
  return y;
}

}  // namespace

TEST_CASE("matmul takes a vector for a row on the left and for a column on the right, and leaves it out") {
  struct Product {
    Shape a, b, y;      ///< as given, and of the result
    Shape left, right;  ///< as batches of matrices
  };
  for (const Product& p :
       {Product{{3}, {3}, {}, {1, 1, 3}, {1, 3, 1}}, Product{{3}, {3, 4}, {4}, {1, 1, 3}, {1, 3, 4}},
        Product{{3}, {2, 3, 4}, {2, 4}, {1, 1, 3}, {2, 3, 4}}, Product{{4, 3}, {3}, {4}, {1, 4, 3}, {1, 3, 1}},
        Product{{2, 4, 3}, {3}, {2, 4}, {2, 4, 3}, {1, 3, 1}},
        Product{{2, 1, 4, 3}, {3}, {2, 1, 4}, {2, 4, 3}, {1, 3, 1}}, Product{{1}, {1}, {}, {1, 1, 1}, {1, 1, 1}}}) {
    Tensor a = drawn(p.a, 1), b = drawn(p.b, 2);
    INFO(to_string(p.a) << " times " << to_string(p.b));
    Tensor y = matmul(a, b);
    CHECK(y.shape() == p.y);
    CHECK(close(to_vector<double>(y), plain(reshape(a, p.left), reshape(b, p.right)), 1e-14));
    Tensor upstream = drawn(p.y, 3).detach();
    Tensors found = gradients({y}, {a, b}, {.gradients = {upstream}});
    for (std::size_t i = 0; i < 2; ++i) {
      const Tensor& x = i ? b : a;
      CHECK(found[i].shape() == x.shape());
      auto loss = [&] {
        NoGrad no_grad;
        return item(sum(matmul(a, b) * upstream));
      };
      CHECK(close(to_vector<double>(found[i]), numeric_gradient(x, loss), 1e-7));
    }
    auto product = [](const Tensors& in) { return matmul(in[0], in[1]); };
    CHECK(gradgradcheck(TensorFunction(product), {a, b}));
  }
  CHECK(item(matmul(zeros({0}), zeros({0}))) == 0);
  CHECK(to_vector<double>(matmul(zeros({0}), zeros({0, 2}))) == std::vector<double>{0, 0});
}

TEST_CASE("factors of matmul that do not fit are an error with both whole shapes") {
  CHECK_THROWS_WITH(matmul(ones({2, 3, 4}), ones({3, 4, 5})),
                    ContainsSubstring("matmul") && ContainsSubstring("[2, 3, 4]") && ContainsSubstring("[3, 4, 5]"));
  CHECK_THROWS_WITH(matmul(ones({2, 3}), ones({2, 3})),
                    ContainsSubstring("matmul") &&
                        ContainsSubstring("[2, 3] on " + to_string(default_device()) + " times float32 [2, 3]"));
  CHECK_THROWS_WITH(matmul(ones({3}), ones({4})), ContainsSubstring("[3]") && ContainsSubstring("[4]"));
  CHECK_THROWS_WITH(matmul(ones({3}), ones({4, 3})), ContainsSubstring("[3]") && ContainsSubstring("[4, 3]"));
  CHECK_THROWS_WITH(matmul(ones({4, 3}), ones({4})), ContainsSubstring("[4, 3]") && ContainsSubstring("[4]"));
  CHECK_THROWS_WITH(matmul(ones({}), ones({4})), ContainsSubstring("matmul") && ContainsSubstring("[]"));
  CHECK_THROWS_WITH(matmul(ones({2, 2}, int64), ones({2, 2}, int64)),
                    ContainsSubstring("matmul") && ContainsSubstring("int64"));
  CHECK_THROWS_WITH(matmul(ones({2, 2}), ones({2, 2}, float64)), ContainsSubstring("matmul"));
  CHECK_THROWS_WITH(matmul(ones({2, 2}), to(ones({2, 2}), meta)),
                    ContainsSubstring("matmul") && ContainsSubstring("meta"));
}
