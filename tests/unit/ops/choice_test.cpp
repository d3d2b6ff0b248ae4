#include <omp.h>

#include <cmath>
#include <limits>

#include "../../catch.h"
#include "but_elementwise.h"
#include "ops/elementwise/exp.h"

using namespace adora;

namespace {

using Numbers = std::vector<double>;
constexpr double inf = std::numeric_limits<double>::infinity();
const double nan_value = std::nan("");

}  // namespace

TEST_CASE("comparisons are boolean, false for NaN, and broadcast") {
  Tensor a = tensor<double>({1, 2, 3, nan_value, inf}), b = tensor<double>({2, 2, 2, nan_value, inf});
  CHECK(eq(a, b).dtype() == boolean);
  CHECK(to_vector<double>(eq(a, b)) == Numbers{0, 1, 0, 0, 1});
  CHECK(to_vector<double>(less(a, b)) == Numbers{1, 0, 0, 0, 0});
  CHECK(to_vector<double>(less_equal(a, b)) == Numbers{1, 1, 0, 0, 1});
  CHECK(to_vector<double>(greater(a, b)) == Numbers{0, 0, 1, 0, 0});
  CHECK(to_vector<double>(greater_equal(a, b)) == Numbers{0, 1, 1, 0, 1});
  CHECK(less(ones({3, 1}), ones({4})).shape() == Shape{3, 4});
  std::int64_t large = (std::int64_t{1} << 60) + 1;
  CHECK(to_vector<double>(eq(tensor<std::int64_t>({large}), tensor<std::int64_t>({large - 1}))) == Numbers{0});
}

TEST_CASE("where takes each element from one side, and the other has gradient 0, even if it is NaN") {
  Tensor a = requires_grad(tensor<double>({1, nan_value, 3})), b = requires_grad(tensor<double>({nan_value, 20, inf}));
  Tensor y = where(less(arange(3, float64), tensor<double>({1, 0, 9})), a, b);
  CHECK(to_vector<double>(y) == Numbers{1, 20, 3});
  backward(y, tensor<double>({1, 2, inf}));
  CHECK(to_vector<double>(grad(a)) == Numbers{1, 0, inf});
  CHECK(to_vector<double>(grad(b)) == Numbers{0, 2, 0});
  CHECK_THROWS_WITH(where(ones({3}), a, b), ContainsSubstring("where") && ContainsSubstring("boolean"));
}

TEST_CASE("a triangle is cut at any diagonal, and what is cut off is 0 even if it was NaN") {
  Tensor x = full({3, 4}, 1, float64);
  CHECK(to_vector<double>(tril(x)) == Numbers{1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0});
  CHECK(to_vector<double>(triu(x, 1)) == Numbers{0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1});
  CHECK(to_vector<double>(tril(x, -2)) == Numbers{0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0});
  CHECK(to_vector<double>(triu(transpose(x), -1)) == Numbers{1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1});
  CHECK(to_vector<double>(tril(x, INT64_MAX)) == Numbers(12, 1));
  CHECK(to_vector<double>(tril(x, INT64_MIN)) == Numbers(12, 0));
  CHECK(to_vector<double>(triu(full({2, 2}, nan_value), 5)) == Numbers(4, 0));
  CHECK(to_vector<double>(tril(full({2, 2}, 1, boolean))) == Numbers{1, 0, 1, 1});
  CHECK_THROWS_WITH(tril(ones({3})), ContainsSubstring("tril") && ContainsSubstring("[3]"));
}

TEST_CASE("dropout drops a share p, divides what stays by 1 - p, and repeats with its generator") {
  Generator generator(1), again(1);
  Tensor x = ones({200, 501});
  Tensor y = dropout(x, 0.3, generator);
  auto values = to_vector<double>(y);
  double dropped = 0;
  for (double v : values) {
    dropped += v == 0;
    REQUIRE((v == 0 || v == Approx(1 / 0.7)));
  }
  CHECK(std::abs(dropped / static_cast<double>(values.size()) - 0.3) < 0.01);
  CHECK(to_vector<double>(dropout(x, 0.3, again)) == values);
  CHECK(to_vector<double>(dropout(x, 0.3, generator)) != values);
}

TEST_CASE("dropout's gradient has the very mask of the forward pass, which is not kept") {
  Generator generator(2);
  Tensor x = requires_grad(ones({1000, 100}));
  allocator(default_device()).drop_cache();  // a larger block that is free would be taken whole
  std::size_t before = memory_stats().current;
  Tensor y = dropout(x, 0.5, generator);
  CHECK(memory_stats().current - before <= y.storage()->bytes() * 9 / 8);
  auto values = to_vector<double>(y);
  backward(sum(y));
  CHECK(to_vector<double>(grad(x)) == values);
}

TEST_CASE("a dropout mask depends neither on threads, nor on strides, nor on the type") {
  int threads = omp_get_max_threads();
  auto mask = [](const Tensor& x) {
    Generator generator(3);
    Numbers values = to_vector<double>(dropout(x, 0.25, generator));
    for (double& v : values) v = v != 0;
    return values;
  };
  omp_set_num_threads(1);
  Numbers expected = mask(ones({333, 107}));
  omp_set_num_threads(5);
  CHECK(mask(ones({333, 107})) == expected);
  CHECK(mask(transpose(ones({107, 333}))) == expected);
  CHECK(mask(ones({333, 107}, float64)) == expected);
  CHECK(mask(ones({333, 107}, bfloat16)) == expected);
  omp_set_num_threads(threads);
}

TEST_CASE("dropout with p = 0 is the tensor itself, with p = 1 all zeros, and other p are refused") {
  Generator generator(4);
  Tensor x = tensor<double>({1, inf, nan_value});
  CHECK(dropout(x, 0, generator).is(x));
  CHECK(generator.offset() == 0);
  CHECK(to_vector<double>(dropout(x, 1, generator)) == Numbers{0, 0, 0});
  CHECK_THROWS_WITH(dropout(x, 1.5, generator), ContainsSubstring("dropout") && ContainsSubstring("1.5"));
  CHECK_THROWS_AS(dropout(x, -0.1, generator), Error);
  CHECK_THROWS_AS(dropout(x, nan_value, generator), Error);
  CHECK_THROWS_AS(dropout(arange(3), 0.5, generator), Error);
}

TEST_CASE("stretching and summing to a shape refuse what doesn't broadcast") {
  Tensor x = ones({2, 3});
  CHECK(expand(ones({2, 1}), {4, -1, 3}).shape() == Shape{4, 2, 3});
  CHECK_THROWS_WITH(broadcast_to(x, {2, 4}), ContainsSubstring("broadcast_to"));
  CHECK_THROWS_WITH(broadcast_to(x, {3}), ContainsSubstring("broadcast_to"));
  CHECK_THROWS_WITH(sum_to(x, {4}), ContainsSubstring("sum_to") && ContainsSubstring("[4]"));
  CHECK_THROWS_AS(sum_to(x, {1, 2, 3}), Error);
  CHECK_THROWS_AS(expand(x, {-1, 2, 3}), Error);
}

TEST_CASE("every op on the shape-only device gives the shape and the type and touches no numbers") {
  Tensor x = empty({6, 8}, bfloat16, meta), w = empty({8}, bfloat16, meta);
  Generator generator(5);
  for (const Tensor& y : {exp(x), rms_norm(x, w), layer_norm(x, w, w), softmax(x, 0), log_softmax(x),
                          dropout(x, 0.5, generator), tril(x), x * w, cat({slice(x, 0, 0, 2), slice(x, 0, 2, 6)})}) {
    CHECK(describe(y) == "bfloat16 [6, 8] on meta");
  }
  CHECK(describe(norm(x, {1})) == "bfloat16 [6] on meta");
  CHECK(describe(argmax(x, 0)) == "int64 [8] on meta");
  CHECK(describe(logsumexp(x, 1)) == "bfloat16 [6] on meta");
  CHECK(describe(index_select(x, 0, empty({3}, int64, meta))) == "bfloat16 [3, 8] on meta");
}
