#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "../../numeric.h"

using namespace adora;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan_value = std::nan("");

Tensor matrix(const std::vector<double>& values, std::int64_t columns) {
  return tensor<double>(values, {static_cast<std::int64_t>(values.size()) / columns, columns});
}

}  // namespace

TEST_CASE("sums over any dimensions are the sums of a plain loop, for every way the tensor may lie") {
  Generator generator(1);
  Tensor base = uniform({5, 37, 4, 3}, -1, 1, generator, float64);
  for (const Tensor& x : {base, permute(base, {3, 1, 0, 2}), slice(base, 1, 3, 30, 4)}) {
    for (const Shape& dims : {Shape{}, Shape{0}, Shape{1}, Shape{3}, Shape{0, 2}, Shape{1, 3}, Shape{-1, 0, 1}}) {
      std::vector<bool> reduced(4, dims.empty());
      for (std::int64_t d : dims) reduced[static_cast<std::size_t>(d < 0 ? d + 4 : d)] = true;
      Shape kept = x.shape();
      for (int d = 0; d < 4; ++d) kept[d] = reduced[static_cast<std::size_t>(d)] ? 1 : kept[d];
      std::vector<double> expected(static_cast<std::size_t>(numel(kept)));
      auto values = to_vector<double>(x);
      for (std::int64_t i = 0; i < x.numel(); ++i) {
        std::int64_t rest = i, at = 0, stride = 1;
        for (int d = 3; d >= 0; --d) {
          at += kept[d] == 1 ? 0 : rest % x.shape()[d] * stride;
          rest /= x.shape()[d];
          stride *= kept[d];
        }
        expected[static_cast<std::size_t>(at)] += values[static_cast<std::size_t>(i)];
      }
      auto got = to_vector<double>(sum(x, dims));
      REQUIRE(got.size() == expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) REQUIRE(got[i] == Approx(expected[i]).margin(1e-12));
      CHECK(sum(x, dims, true).shape() == kept);
    }
  }
}

TEST_CASE("a long sum in a short type keeps its digits") {
  CHECK(item(sum(full({1000003}, 0.1))) == Approx(1000003 * static_cast<double>(0.1f)).epsilon(2e-6));
  CHECK(to_vector<double>(sum(full({100003, 2}, 0.1), {0}))[1] ==
        Approx(100003 * static_cast<double>(0.1f)).epsilon(2e-6));
  CHECK(item(sum(full({5000}, 1, bfloat16))) == Approx(5000).epsilon(0x1p-8));
}

TEST_CASE("a sum is the same on every run with the same number of threads") {
  Generator generator(4);
  Tensor x = uniform({300, 999}, -1, 1, generator);
  for (const Shape& dims : {Shape{}, Shape{0}, Shape{1}}) CHECK(to_string(sum(x, dims)) == to_string(sum(x, dims)));
}

TEST_CASE("reductions of nothing are 0 for a sum, NaN for a mean and an error for a choice") {
  Tensor none = empty({2, 0}, float64);
  CHECK(to_vector<double>(sum(none, {1})) == std::vector<double>{0, 0});
  CHECK(std::isnan(to_vector<double>(mean(none, {1}))[0]));
  CHECK(to_vector<double>(norm(none, {1})) == std::vector<double>{0, 0});
  CHECK_THROWS_WITH(max(none, {1}), ContainsSubstring("max") && ContainsSubstring("[2, 0]"));
  CHECK_THROWS_AS(argmax(none, 1), Error);
  CHECK(max(none, {0}).numel() == 0);
}

TEST_CASE("equal largest elements share the gradient evenly") {
  Tensor x = requires_grad(matrix({1, 3, 3, -inf, -inf, -inf}, 3));
  Tensor y = max(x, {1});
  backward(y, tensor<double>({6, 6}));
  CHECK(to_vector<double>(y) == std::vector<double>{3, -inf});
  CHECK(to_vector<double>(grad(x)) == std::vector<double>{0, 3, 3, 2, 2, 2});
  Tensor z = requires_grad(matrix({1, 1, 2, 5}, 4));
  backward(min(z));
  CHECK(to_vector<double>(grad(z)) == std::vector<double>{0.5, 0.5, 0, 0});
}

TEST_CASE("NaN is the largest, the smallest and the place of the largest") {
  for (std::int64_t place : {0, 7, 40}) {
    std::vector<double> row(41, 1.0);
    row[static_cast<std::size_t>(place)] = nan_value;
    CHECK(std::isnan(item(max(matrix(row, 41)))));
    CHECK(std::isnan(item(min(matrix(row, 41)))));
    CHECK(std::isnan(to_vector<double>(max(transpose(matrix(row, 41)), {0}))[0]));
    CHECK(item(argmax(matrix(row, 41), 1)) == static_cast<double>(place));
  }
}

TEST_CASE("rows of every length up to 70 are summed and searched in full, and a NaN is met wherever it stands") {
  for (DType dtype : {float32, float64, int64}) {
    for (std::int64_t n = 1; n <= 70; ++n) {
      Tensor x = to(arange(2 * n) * arange(2 * n) - 900, dtype);
      auto values = to_vector<double>(x), sums = to_vector<double>(sum(reshape(x, {2, n}), {1})),
           largest = to_vector<double>(max(reshape(x, {2, n}), {1})),
           least = to_vector<double>(min(reshape(x, {2, n}), {1}));
      for (std::size_t r = 0; r < 2; ++r) {
        auto begin = values.begin() + static_cast<std::ptrdiff_t>(r) * n;
        CHECK(sums[r] == std::accumulate(begin, begin + n, 0.0));
        CHECK(largest[r] == *std::max_element(begin, begin + n));
        CHECK(least[r] == *std::min_element(begin, begin + n));
      }
    }
  }
  for (std::int64_t at = 0; at < 40; ++at) {
    Tensor x = to(arange(40), float32);
    set(x, at, std::numeric_limits<double>::quiet_NaN());
    CHECK(std::isnan(item(max(x))));
    CHECK(std::isnan(item(min(x))));
    CHECK(std::isnan(item(sum(x))));
  }
}

TEST_CASE("the gradient of a largest or smallest NaN is the NaN's own") {
  // As PyTorch's max and min of everything have it.
  for (auto extremum : {max, min}) {
    Tensor x = requires_grad(matrix({1, nan_value, 3, nan_value, 5, 5}, 2));
    backward(extremum(x, {1}, false), tensor<double>({1, 2, 4}));
    CHECK(to_vector<double>(grad(x)) == std::vector<double>{0, 1, 0, 2, 2, 2});
  }
}

TEST_CASE("argmax gives the first of equal ones, along any dimension") {
  Tensor x = matrix({1, 5, 5, 7, 2, 7}, 3);
  CHECK(to_vector<std::int64_t>(argmax(x, 1)) == std::vector<std::int64_t>{1, 0});
  CHECK(to_vector<std::int64_t>(argmax(x, 0)) == std::vector<std::int64_t>{1, 0, 1});
  CHECK(argmax(x, 0, true).shape() == Shape{1, 3});
  CHECK(argmax(x, 0).dtype() == int64);
  CHECK(!grad_required(argmax(requires_grad(x.detach()), 1)));
}

TEST_CASE("rows of zeros have the norm 0 and the gradient 0") {
  Tensor x = requires_grad(matrix({0, 0, 3, 4}, 2));
  Tensor y = norm(x, {1});
  backward(y, tensor<double>({1, 1}));
  CHECK(to_vector<double>(y) == std::vector<double>{0, 5});
  auto slopes = to_vector<double>(grad(x));
  CHECK((slopes[0] == 0 && slopes[1] == 0));
  CHECK(slopes[2] == Approx(0.6).epsilon(1e-14));
  CHECK(slopes[3] == Approx(0.8).epsilon(1e-14));
}

TEST_CASE("norms of half types above 256 neither overflow nor lose their digits") {
  for (DType dtype : {float16, bfloat16}) {
    Tensor x = requires_grad(full({1, 400}, 100, dtype).detach());  // a sum of squares of 4 million
    Tensor y = norm(x, {1});
    CHECK(item(y) == Approx(2000).epsilon(dtype == float16 ? 0x1p-11 : 0x1p-8));
    backward(sum(y));
    CHECK(to_vector<double>(grad(x))[0] == Approx(0.05).epsilon(0x1p-7));
  }
}

TEST_CASE("logsumexp neither overflows nor makes NaN of infinities") {
  Tensor x = requires_grad(matrix({1000, 1000, -inf, -inf, 3, -inf}, 2));
  Tensor y = logsumexp(x, 1);
  auto values = to_vector<double>(y);
  CHECK(values[0] == Approx(1000 + std::log(2.0)));
  CHECK(values[1] == -inf);
  CHECK(values[2] == 3);
  backward(y, tensor<double>({1, 1, 1}));
  auto slopes = to_vector<double>(grad(x));
  CHECK(slopes[0] == Approx(0.5).epsilon(1e-12));
  CHECK(slopes[1] == Approx(0.5).epsilon(1e-12));
  CHECK((slopes[2] == 0 && slopes[3] == 0 && slopes[4] == 1 && slopes[5] == 0));
  CHECK(to_vector<double>(logsumexp(matrix({inf, 1}, 2), 1))[0] == inf);
}

TEST_CASE("a dimension named twice, or one that isn't there, is an error with the op") {
  Tensor x = ones({2, 3});
  CHECK_THROWS_WITH(sum(x, {1, -1}), ContainsSubstring("sum") && ContainsSubstring("twice"));
  CHECK_THROWS_WITH(mean(x, {2}), ContainsSubstring("mean"));
  CHECK_THROWS_WITH(mean(arange(3)), ContainsSubstring("mean") && ContainsSubstring("int64"));
}

TEST_CASE("means of float16 whose sums it cannot hold are right, and so is all that is made of them") {
  CHECK(item(mean(full({1000}, 100, float16))) == 100);
  CHECK(item(logsumexp(zeros({70000}, float16), 0)) == Approx(std::log(70000.0)).epsilon(1e-3));
  const Tensor row = tensor<f16>({f16(300), f16(-300), f16(600), f16(-600)}, {1, 4}), one = ones({4}, float16);
  const double length = std::sqrt((2 * 300.0 * 300 + 2 * 600.0 * 600) / 4);
  CHECK(to_vector<double>(rms_norm_composed(row, one))[0] == Approx(300 / length).epsilon(1e-3));
  CHECK(to_vector<double>(layer_norm_composed(row, one, zeros({4}, float16)))[2] == Approx(600 / length).epsilon(1e-3));
  Tensor x = requires_grad(zeros({70000}, float16));
  backward(max(x));
  CHECK(to_vector<double>(grad(x))[0] == Approx(1.0 / 70000).epsilon(0.1));
}

TEST_CASE("truth values and small whole numbers are counted beyond their own range") {
  CHECK(item(sum(tensor<bool>({true, true, true, false}))) == 3);
  CHECK(item(sum(full({3}, 200, uint8))) == 600);
  CHECK(item(sum(full({2}, 2147483647, int32))) == 4294967294.0);
}

TEST_CASE("whole numbers are not multiplied by fractions without a word") {
  const Tensor x = tensor<std::int64_t>({3});
  CHECK(item(x * 2.0 + 1.0) == 7);
  CHECK_THROWS_WITH(x * 0.5, ContainsSubstring("to(x, float32)"));
  CHECK_THROWS_WITH(x + 0.5, ContainsSubstring("to(x, float32)"));
  CHECK_THROWS_WITH(x / 2.0, ContainsSubstring("to(x, float32)"));
}

TEST_CASE("the gradient of a norm of zeros has the gradient 0") {
  Tensor x = requires_grad(zeros({3}, float64));
  const Tensor slope = gradients({norm(x)}, {x}, {.create_graph = true})[0];
  CHECK(to_vector<double>(gradients({sum(slope)}, {x})[0]) == std::vector<double>{0, 0, 0});
}
