#include <algorithm>
#include <limits>

#include "../../drawn.h"
#include "../../numeric.h"
#include "../../refused.h"

using namespace adora;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan_value = std::nan("");
using Numbers = std::vector<double>;
using Places = std::vector<std::int64_t>;

Tensor row(const Numbers& values) { return tensor<double>(values, {static_cast<std::int64_t>(values.size())}); }

bool same(const Numbers& a, const Numbers& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return x == y || (x != x && y != y); });
}

/// Rows of f(what came before, element), along the last dimension.
template <class F> Numbers running(const Tensor& x, double start, F f) {
  Numbers values = to_vector<double>(x);
  for (std::size_t i = 0, n = static_cast<std::size_t>(x.size(-1)); i < values.size(); ++i) {
    values[i] = f(i % n ? values[i - 1] : start, values[i]);
  }
  return values;
}

double plus(double a, double b) { return a + b; }
double times(double a, double b) { return a * b; }

}  // namespace

TEST_CASE("running sums and products are those of a plain loop, for rows of any length that lie in any way") {
  Generator g(1);
  for (std::int64_t n : {1, 2, 63, 64, 255, 257, 700}) {
    // Products near 1, so that none leaves the range of numbers.
    const Tensor x = to(uniform({3, n}, 0.98, 1.02, g, float64, cpu), default_device());
    INFO(n);
    CHECK(close(to_vector<double>(cumsum(x, 1)), running(x, 0, plus), 1e-13));
    CHECK(close(to_vector<double>(cumprod(x, -1)), running(x, 1, times), 1e-13));
    const Tensor across = transpose(contiguous(transpose(x)));
    CHECK(close(to_vector<double>(cumsum(across, 1)), running(x, 0, plus), 1e-13));
    CHECK(close(to_vector<double>(transpose(cumprod(transpose(x), 0))), running(x, 1, times), 1e-13));
  }
}

TEST_CASE("a long running sum in a short type keeps its digits at every place") {
  const std::int64_t n = 100003;
  const Numbers sums = to_vector<double>(cumsum(full({n}, 0.1), 0));
  const double each = static_cast<double>(0.1f);
  for (std::int64_t i = 0; i < n; i += 997) {
    // Added in double, rounded once.
    const double expected = each * static_cast<double>(i + 1);
    CHECK(std::abs(sums[static_cast<std::size_t>(i)] - expected) <= 1.001 * 0x1p-24 * expected);
  }
  CHECK(to_vector<double>(cumsum(full({3000}, 1, bfloat16), 0)).back() == Approx(3000).epsilon(0x1p-8));
}

TEST_CASE("sums and products of whole numbers are int64 and wrap around") {
  CHECK(cumsum(tensor<bool>({true, true}), 0).dtype() == int64);
  CHECK(to_vector<std::int64_t>(cumsum(tensor<std::uint8_t>({200, 100, 1}), 0)) == Places{200, 300, 301});
  CHECK(to_vector<std::int64_t>(cumprod(tensor<std::int32_t>({-2, 3, 0, 4}), 0)) == Places{-2, -6, 0, 0});
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(to_vector<std::int64_t>(cumsum(tensor<std::int64_t>({most, 1}), 0)) == Places{most, -most - 1});
  CHECK(to_vector<std::int64_t>(cumprod(tensor<std::int64_t>({most, 2}), 0)) == Places{most, -2});
}

TEST_CASE("the gradient of running products is right with any number of zeros in a row") {
  const std::vector<Numbers> rows{{2, -1, 3, 0.5, 4}, {2, 0, 3, 0.5, 4}, {0, 1, 2, 0, 3}, {0, 0, 0, 0, 0}};
  const Numbers g{1, -2, 3, 0.5, 2};
  for (const Numbers& x : rows) {
    const Tensor leaf = requires_grad(row(x));
    backward(cumprod(leaf, 0), row(g));
    Numbers expected(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      for (std::size_t k = i; k < x.size(); ++k) {
        double others = 1;
        for (std::size_t j = 0; j <= k; ++j) others *= j == i ? 1 : x[j];
        expected[i] += g[k] * others;
      }
    }
    CHECK(close(to_vector<double>(grad(leaf)), expected, 1e-14));
  }
}

TEST_CASE("running extremes stand at the last of equal places, and NaN stays") {
  const ValuesAndIndices most = cummax(row({1, 1, nan_value, 2, nan_value}), 0);
  CHECK(same(to_vector<double>(most.values), {1, 1, nan_value, nan_value, nan_value}));
  CHECK(to_vector<std::int64_t>(most.indices) == Places{0, 1, 2, 2, 4});
  const ValuesAndIndices least = cummin(row({1, 1, 0, 0, nan_value, -2}), 0);
  CHECK(same(to_vector<double>(least.values), {1, 1, 0, 0, nan_value, nan_value}));
  CHECK(to_vector<std::int64_t>(least.indices) == Places{0, 1, 2, 3, 4, 4});
  const Tensor x = requires_grad(row({2, 2, 1}));
  backward(cummax(x, 0).values, row({1, 1, 1}));
  CHECK(to_vector<double>(grad(x)) == Numbers{1, 2, 0});
}

TEST_CASE("running extremes of long rows are those of a plain loop") {
  Generator g(2);
  for (DType dtype : {float32, int32}) {
    const Tensor x = to(sample_indices(g, {2, 600}, 300), dtype);
    CHECK(to_vector<double>(cummax(x, 1).values) ==
          running(x, -inf, [](double a, double b) { return std::max(a, b); }));
    CHECK(to_vector<double>(cummin(x, 1).values) == running(x, inf, [](double a, double b) { return std::min(a, b); }));
  }
}

TEST_CASE("a running logsumexp neither overflows nor makes NaN of infinities") {
  CHECK(same(to_vector<double>(logcumsumexp(row({-inf, -inf, 1, inf, 2}), 0)), {-inf, -inf, 1, inf, inf}));
  CHECK(std::isnan(to_vector<double>(logcumsumexp(row({1, nan_value, 2}), 0))[2]));
  const Numbers x{-1000, -1000, 1000, 1000, 999, -inf, 1001};
  Numbers expected;
  double top = -inf, total = 0;
  for (double one : x) {
    const double larger = std::max(top, one);
    total = total * std::exp(top - larger) + std::exp(one - larger);
    top = larger;
    expected.push_back(top + std::log(total));
  }
  CHECK(close(to_vector<double>(logcumsumexp(row(x), 0)), expected, 1e-14));
  const Tensor leaf = requires_grad(row({-inf, -inf, 1, 2}));
  backward(logcumsumexp(leaf, 0), row({1, 1, 1, 1}));
  const double first = 1 + 1 / (1 + std::exp(1.0));
  CHECK(close(to_vector<double>(grad(leaf)), {0, 0, first, 2 - first}, 1e-14));
}

TEST_CASE("a linear recurrence is that of a plain loop, from either end, and sums that forget") {
  Generator g(3);
  for (std::int64_t n : {1, 5, 300}) {
    const Tensor a = to(uniform({2, n}, -1, 1, g, float64, cpu), default_device()),
                 b = to(uniform({2, n}, -1, 1, g, float64, cpu), default_device());
    const Numbers factors = to_vector<double>(a), summands = to_vector<double>(b);
    for (bool reverse : {false, true}) {
      Numbers expected = summands;
      for (std::int64_t r = 0; r < 2; ++r) {
        for (std::int64_t k = 1; k < n; ++k) {
          const std::int64_t i = r * n + (reverse ? n - 1 - k : k);
          expected[static_cast<std::size_t>(i)] +=
              factors[static_cast<std::size_t>(i)] * expected[static_cast<std::size_t>(reverse ? i + 1 : i - 1)];
        }
      }
      CHECK(close(to_vector<double>(linear_recurrence(a, b, 1, reverse)), expected, 1e-13));
    }
  }
  CHECK(to_vector<double>(linear_recurrence(row({nan_value, 0.5, 0.5}), row({4, 2, 1}), 0)) == Numbers{4, 4, 3});
}

TEST_CASE("nothing, and a number by itself, run along a dimension too") {
  CHECK(cumsum(full({}, 3), -1).shape() == Shape{});
  CHECK(cummax(full({}, 3), 0).indices.shape() == Shape{});
  CHECK(cumprod(empty({2, 0}), 1).shape() == Shape{2, 0});
  CHECK(logcumsumexp(empty({0, 2}), 1).shape() == Shape{0, 2});
}

TEST_CASE("running results refuse a dimension that isn't there, and what is no number") {
  const Tensor x = zeros({2, 3}), whole = zeros({3}, int64), undefined;
  check_refused({
      {"cumsum", [=] { cumsum(x, 2); }},
      {"cumsum", [=] { cumsum(undefined, 0); }},
      {"cumprod", [=] { cumprod(x, -3); }},
      {"cumprod", [] { cumprod(ones({}), 1); }},
      {"logcumsumexp", [=] { logcumsumexp(whole, 0); }},
      {"logcumsumexp", [=] { logcumsumexp(x, 5); }},
      {"cummax", [=] { cummax(x, 2); }},
      {"cummin", [=] { cummin(undefined, 2); }},
      {"linear_recurrence", [=] { linear_recurrence(x, zeros({3}), 0); }},
      {"linear_recurrence",
       [=] {
         linear_recurrence(x, zeros({2, 3}, float64), 0);
       }},
      {"linear_recurrence", [=] { linear_recurrence(x, x, 2); }},
  });
}
