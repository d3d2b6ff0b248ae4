#include <omp.h>

#include "../../catch.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

using Numbers = std::vector<double>;

Tensor numbers(const Shape& shape) {
  const Tensor x = empty(shape, float64, meta);  // for its size
  return reshape(arange(x.numel(), float64), shape);
}
Tensor places(const std::vector<std::int64_t>& values, const Shape& shape) { return tensor(values, shape); }

}  // namespace

TEST_CASE("gather takes the elements an index names, along any dimension, whatever the strides") {
  Tensor x = numbers({3, 4});
  Tensor index = places({3, 0, 0, 1, 2, 3}, {3, 2});
  CHECK(to_vector<double>(gather(x, 1, index)) == Numbers{3, 0, 4, 5, 10, 11});
  CHECK(to_vector<double>(gather(x, 0, places({2, 0, 1}, {1, 3}))) == Numbers{8, 1, 6});
  CHECK(to_vector<double>(gather(transpose(x), 1, transpose(places({2, 0, 1, 1}, {1, 4})))) == Numbers{8, 1, 6, 7});
  CHECK(to_vector<std::int64_t>(gather(places({7, 8, 9}, {3}), 0, places({2, 2}, {2}))) ==
        std::vector<std::int64_t>{9, 9});
  CHECK(to_vector<double>(gather(to(x, bfloat16), 1, index)) == Numbers{3, 0, 4, 5, 10, 11});
}

TEST_CASE("scatter_add adds what meets at one place, and takes only what the index names of a larger source") {
  Tensor x = full({2, 3}, 100, float64);
  Tensor index = places({0, 0, 2, 1}, {2, 2});
  CHECK(to_vector<double>(scatter_add(x, 1, index, numbers({2, 3}))) == Numbers{101, 100, 100, 100, 104, 103});
  CHECK(to_vector<double>(x) == Numbers(6, 100));
  Tensor half = zeros({1, 1}, bfloat16), many = full({1, 1000}, 1, bfloat16);
  CHECK(item(scatter_add(half, 1, zeros({1, 1000}, int64), many)) == 1000);
}

TEST_CASE("the gradient of gather adds up at places taken twice") {
  Tensor x = requires_grad(numbers({3}));
  backward(gather(x, 0, places({1, 1, 2}, {3})), tensor<double>({1, 10, 100}));
  CHECK(to_vector<double>(grad(x)) == Numbers{0, 11, 100});
}

TEST_CASE("index_select takes whole slices, and its gradient adds them up in the order of the index") {
  Tensor x = requires_grad(numbers({3, 2}));
  Tensor y = index_select(x, 0, places({2, 0, 2}, {3}));
  CHECK(to_vector<double>(y) == Numbers{4, 5, 0, 1, 4, 5});
  backward(y, numbers({3, 2}));
  CHECK(to_vector<double>(grad(x)) == Numbers{2, 3, 0, 0, 4, 6});
  CHECK(to_vector<double>(index_select(numbers({2, 3}), 1, places({2, 1}, {2}))) == Numbers{2, 1, 5, 4});
  CHECK(index_select(numbers({2, 3}), 1, places({}, {0})).shape() == Shape{2, 0});
}

TEST_CASE("index_add is the same for any number of threads") {
  int threads = omp_get_max_threads();
  Generator generator(1);
  Tensor x = zeros({50, 600}), src = uniform({400, 600}, -1, 1, generator);
  std::vector<std::int64_t> at;
  for (int i = 0; i < 400; ++i) at.push_back(static_cast<std::int64_t>(generator.below(50)));
  omp_set_num_threads(1);
  auto one = to_vector<float>(index_add(x, 0, tensor(at, {400}), src));
  omp_set_num_threads(3);
  CHECK(to_vector<float>(index_add(x, 0, tensor(at, {400}), src)) == one);
  omp_set_num_threads(threads);
  double sum = 0;
  auto values = to_vector<double>(src);
  for (std::size_t i = 0; i < 400; ++i) sum += at[i] == 7 ? values[i * 600 + 5] : 0;
  CHECK(static_cast<double>(one[7 * 600 + 5]) == Approx(sum).margin(1e-5));
}

TEST_CASE("an index out of range is an error that names the op and the shape, and changes nothing") {
  Tensor x = numbers({3, 4});
  CHECK_THROWS_WITH(gather(x, 1, places({0, 4, 1}, {3, 1})),
                    ContainsSubstring("gather") && ContainsSubstring("index 4") && ContainsSubstring("[3, 4]"));
  CHECK_THROWS_WITH(gather(x, 0, places({-1}, {1, 1})), ContainsSubstring("index -1"));
  CHECK_THROWS_WITH(index_select(x, 0, places({3}, {1})),
                    ContainsSubstring("index_select") && ContainsSubstring("index 3"));
  CHECK_THROWS_AS(scatter_add(x, 0, places({0, 3}, {2, 1}), numbers({2, 1})), Error);
  CHECK_THROWS_AS(index_add(x, 0, places({0, std::int64_t{1} << 40}, {2}), numbers({2, 4})), Error);
  CHECK(to_vector<double>(x) == to_vector<double>(numbers({3, 4})));
}

TEST_CASE("an index of another type or shape than the op takes is an error") {
  Tensor x = numbers({3, 4});
  CHECK_THROWS_WITH(gather(x, 1, numbers({3, 1})), ContainsSubstring("gather") && ContainsSubstring("int64"));
  CHECK_THROWS_AS(gather(x, 1, places({0}, {1})), Error);
  CHECK_THROWS_AS(gather(x, 1, places({0, 0, 0, 0}, {4, 1})), Error);
  CHECK_THROWS_AS(scatter_add(x, 1, places({0, 1}, {1, 2}), numbers({1, 1})), Error);
  CHECK_THROWS_AS(index_select(x, 0, places({0, 1}, {1, 2})), Error);
  CHECK_THROWS_WITH(index_add(x, 0, places({0}, {1}), numbers({1, 3})), ContainsSubstring("[1, 4]"));
}

TEST_CASE("joining puts tensors side by side and taking apart gives views of the parts") {
  Tensor a = numbers({2, 2}), b = numbers({2, 1});
  CHECK(to_vector<double>(cat({a, b}, 1)) == Numbers{0, 1, 0, 2, 3, 1});
  CHECK(to_vector<double>(cat({transpose(a), transpose(b)}, 0)) == Numbers{0, 2, 1, 3, 0, 1});
  CHECK(stack({a, a}, -1).shape() == Shape{2, 2, 2});
  CHECK(to_vector<double>(stack({tensor<double>({1, 2}), tensor<double>({3, 4})}, 1)) == Numbers{1, 3, 2, 4});
  Tensors parts = split(numbers({2, 5}), {2, 0, 3}, 1);
  CHECK(to_vector<double>(parts[2]) == Numbers{2, 3, 4, 7, 8, 9});
  CHECK(parts[1].shape() == Shape{2, 0});
  CHECK(parts[0].storage() == parts[2].storage());
}

TEST_CASE("tensors that don't fit together are not joined, and parts that don't add up not taken") {
  CHECK_THROWS_WITH(cat({ones({2, 3}), ones({2, 4})}, 0),
                    ContainsSubstring("cat") && ContainsSubstring("[2, 3]") && ContainsSubstring("[2, 4]"));
  CHECK_THROWS_AS(cat({ones({2}), ones({2}, float64)}), Error);
  CHECK_THROWS_AS(cat({ones({2}), ones({2, 2})}), Error);
  CHECK_THROWS_AS(cat({}), Error);
  CHECK_THROWS_AS(cat({ones({})}), Error);
  CHECK_THROWS_AS(stack({ones({2}), ones({3})}), Error);
  CHECK_THROWS_WITH(split(ones({5}), {2, 2}), ContainsSubstring("split"));
  CHECK_THROWS_AS(split(ones({5}), {-1, 6}), Error);
  CHECK_THROWS_AS(split(ones({5}), {INT64_MAX, INT64_MAX, 7}), Error);
}

TEST_CASE("joining computes no gradient for a frozen part") {
  Tensor a = requires_grad(numbers({2})), b = numbers({3});
  Tensor y = cat({a, b, a});
  backward(y, numbers({7}));
  CHECK(to_vector<double>(grad(a)) == Numbers{5, 7});
  CHECK(!grad(b).defined());
}
