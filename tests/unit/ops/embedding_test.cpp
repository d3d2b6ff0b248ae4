#include "../../numeric.h"
#include "but_elementwise.h"

using namespace adora;

TEST_CASE("embedding takes rows of its table in every dtype and layout") {
  Generator generator(1);
  for (DType dtype : {float64, float32, bfloat16}) {
    Tensor table = uniform({6, 4}, -1, 1, generator, dtype);
    Tensor ids = tensor<std::int64_t>({5, 0, 3, 3, 1, 2, 2, 2});
    Tensor grid = transpose(reshape(ids, {2, 4}));
    std::vector<double> rows = to_vector<double>(table);
    for (const Tensor& weight : {table, transpose(clone(transpose(table)))}) {
      Tensor y = embedding(weight, grid);
      REQUIRE(y.shape() == Shape{4, 2, 4});
      std::vector<double> values = to_vector<double>(y);
      std::vector<std::int64_t> order = to_vector<std::int64_t>(grid);
      for (std::size_t i = 0; i < values.size(); ++i) {
        CHECK(values[i] == rows[static_cast<std::size_t>(order[i / 4]) * 4 + i % 4]);
      }
    }
  }
}

TEST_CASE("the gradient of embedding adds the rows of each id, in the same bits for any number of threads") {
  Generator generator(2);
  std::int64_t n = 3000, vocabulary = 7, d = 130;
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < n; ++i) numbers.push_back(i * i % (vocabulary - 1));
  const Tensor ids = tensor(numbers, {n});
  Tensor upstream = uniform({n, d}, -1, 1, generator);
  std::vector<double> rows = to_vector<double>(upstream), expected(static_cast<std::size_t>(vocabulary * d));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto row = static_cast<std::size_t>(numbers[i / static_cast<std::size_t>(d)]);
    expected[row * static_cast<std::size_t>(d) + i % static_cast<std::size_t>(d)] += rows[i];
  }
  int before = num_threads();
  std::vector<float> first;
  for (int threads : {1, 2, 3}) {
    set_num_threads(threads);
    Tensor weight = requires_grad(zeros({vocabulary, d}));
    backward(embedding(weight, ids), upstream);
    CHECK(close(to_vector<double>(grad(weight)), expected, 1e-5));
    if (threads == 1) first = to_vector<float>(grad(weight));
    CHECK(to_vector<float>(grad(weight)) == first);
  }
  set_num_threads(before);

  // In bfloat16 a running sum would stop growing at 256.
  Tensor weight = requires_grad(zeros({2, 3}, bfloat16));
  backward(embedding(weight, zeros({1000}, int64)), ones({1000, 3}, bfloat16));
  CHECK(to_vector<float>(grad(weight))[0] == 1000);
}

TEST_CASE("an id outside the table is an error") {
  Tensor table = zeros({4, 2});
  CHECK_THROWS_WITH(embedding(table, tensor<std::int64_t>({0, 4})), ContainsSubstring("position 1 is 4"));
  CHECK_THROWS_WITH(embedding(table, tensor<std::int64_t>({-1})), ContainsSubstring("-1"));
  CHECK_THROWS_WITH(embedding(table, tensor<std::int32_t>({1})), ContainsSubstring("int64"));
}
