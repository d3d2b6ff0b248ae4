#include <algorithm>
#include <limits>
#include <numeric>

#include "../../drawn.h"
#include "../../numeric.h"
#include "../../refused.h"

using namespace adora;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan_value = std::nan("");
using Places = std::vector<std::int64_t>;
using Numbers = std::vector<double>;

Tensor row(const Numbers& values) { return tensor<double>(values, {static_cast<std::int64_t>(values.size())}); }

/// Whether two rows are the same, NaN for NaN.
bool same(const Numbers& a, const Numbers& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return x == y || (x != x && y != y); });
}

/// The places of a row in order, as std::stable_sort has it.
Places stably_sorted(const Numbers& values, bool descending) {
  Places places(values.size());
  std::iota(places.begin(), places.end(), 0);
  std::stable_sort(places.begin(), places.end(), [&](std::int64_t i, std::int64_t j) {
    const double a = values[static_cast<std::size_t>(i)], b = values[static_cast<std::size_t>(j)];
    return descending ? a > b : a < b;
  });
  return places;
}

/// Whole numbers, many of them equal, that every dtype holds: 0 and 1 of boolean.
Tensor with_ties(Generator& g, const Shape& shape, DType dtype) {
  return to(sample_indices(g, shape, dtype == boolean ? 2 : 100), dtype);
}

Numbers row_of(const Tensor& x, std::int64_t r) { return to_vector<double>(select(x, 0, r)); }

}  // namespace

TEST_CASE("a sort of rows of any length is a stable one, upward and downward, in every dtype") {
  Generator g(1);
  for (DType dtype : all_dtypes) {
    for (std::int64_t n : {1, 2, 5, 31, 100, 700}) {
      const Tensor x = with_ties(g, {3, n}, dtype);
      for (bool descending : {false, true}) {
        INFO(name(dtype) << ", " << n << ", " << descending);
        const ValuesAndIndices found = sort(x, -1, descending);
        CHECK(found.values.dtype() == dtype);
        for (std::int64_t r = 0; r < 3; ++r) {
          const Numbers values = row_of(x, r), sorted = row_of(found.values, r);
          const Places expected = stably_sorted(values, descending);
          REQUIRE(to_vector<std::int64_t>(select(found.indices, 0, r)) == expected);
          for (std::size_t i = 0; i < values.size(); ++i)
            REQUIRE(sorted[i] == values[static_cast<std::size_t>(expected[i])]);
        }
      }
    }
  }
}

TEST_CASE("long rows are sorted, and rows of numbers of any size and sign") {
  Generator g(2);
  const Tensor wide = uniform({2, 3001}, -1, 1, g, float64, cpu);
  const Tensor cubes = to(wide * wide * wide * 1e3, default_device());
  for (DType dtype : {float64, float32, float16, bfloat16, int64, int32}) {
    const Tensor x = to(cubes, dtype);
    for (std::int64_t r = 0; r < 2; ++r) {
      INFO(name(dtype));
      CHECK(to_vector<std::int64_t>(argsort(select(x, 0, r), 0, r == 1)) == stably_sorted(row_of(x, r), r == 1));
    }
  }
}

TEST_CASE("a sort goes along any dimension of a view") {
  Generator g(3);
  const Tensor x = slice(permute(with_ties(g, {4, 6, 5}, float32), {2, 0, 1}), 2, 1, 6, 2);
  for (std::int64_t dim = 0; dim < 3; ++dim) {
    const ValuesAndIndices found = sort(x, dim - 3, true), expected = sort(contiguous(transpose(x, dim, 2)), 2, true);
    CHECK(to_string(found.values) == to_string(contiguous(transpose(expected.values, dim, 2))));
    CHECK(to_string(found.indices) == to_string(contiguous(transpose(expected.indices, dim, 2))));
  }
}

TEST_CASE("NaN is sorted behind every number, 0 and -0 are equal, and the ends of int64 are in order") {
  const Tensor x = row({nan_value, 0.0, -0.0, inf, nan_value, -inf, 1});
  CHECK(to_vector<std::int64_t>(argsort(x)) == Places{5, 1, 2, 6, 3, 0, 4});
  CHECK(to_vector<std::int64_t>(argsort(x, 0, true)) == Places{0, 4, 3, 6, 1, 2, 5});
  CHECK(to_vector<std::int64_t>(argsort(to(x, float16))) == Places{5, 1, 2, 6, 3, 0, 4});
  CHECK(std::signbit(to_vector<double>(sort(x).values)[2]));
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min(), most = -1 - least;
  const Tensor ends = tensor<std::int64_t>({0, most, -1, least, most, 1, least});
  CHECK(to_vector<std::int64_t>(argsort(ends)) == Places{3, 6, 2, 0, 5, 1, 4});
  CHECK(to_vector<std::int64_t>(topk(ends, 2).values) == Places{most, most});
  CHECK(item(argmin(ends)) == 3);
}

TEST_CASE("topk is the beginning of the sorted row, for every k") {
  Generator g(4);
  for (DType dtype : {float32, float64, uint8}) {
    const Tensor x = with_ties(g, {2, 150}, dtype);
    for (bool largest : {true, false}) {
      const ValuesAndIndices all = sort(x, 1, largest);
      for (std::int64_t k : {0, 1, 2, 7, 18, 19, 75, 149, 150}) {
        const ValuesAndIndices found = topk(x, k, 1, largest);
        CHECK(to_vector<double>(found.values) == to_vector<double>(slice(all.values, 1, 0, k)));
        CHECK(to_vector<double>(found.indices) == to_vector<double>(slice(all.indices, 1, 0, k)));
      }
    }
  }
  // The best come last, each better than all before.
  CHECK(to_vector<double>(topk(arange(5000), 3).values) == Numbers{4999, 4998, 4997});
  CHECK(same(to_vector<double>(topk(row({nan_value, 0, 1}), 2).values), {nan_value, 1}));
}

TEST_CASE("the k-th value stands in place k of the sorted row") {
  Generator g(5);
  for (std::int64_t n : {3, 64}) {
    const Tensor x = with_ties(g, {n, 2}, float32);
    const ValuesAndIndices sorted = sort(x, 0);
    for (std::int64_t k = 1; k <= n; ++k) {
      const ValuesAndIndices found = kthvalue(x, k, 0);
      CHECK(to_vector<double>(found.values) == to_vector<double>(select(sorted.values, 0, k - 1)));
      CHECK(to_vector<double>(found.indices) == to_vector<double>(select(sorted.indices, 0, k - 1)));
    }
  }
  CHECK(kthvalue(ones({2, 3}), 1, 1, true).values.shape() == Shape{2, 1});
  CHECK(kthvalue(ones({0, 3}), 2).values.shape() == Shape{0});
}

TEST_CASE("the gradient of a sort goes back to where each element stood") {
  const Tensor x = requires_grad(row({2, 1, 2, 0}));
  backward(sort(x).values, row({1, 2, 3, 4}));
  CHECK(to_vector<double>(grad(x)) == Numbers{3, 2, 4, 1});
  const Tensor z = requires_grad(row({5, 5, 1}));
  backward(max_with_indices(z, 0).values);
  CHECK(to_vector<double>(grad(z)) == Numbers{1, 0, 0});
}

TEST_CASE("the largest and the smallest are found with their places, NaN before any number") {
  const Tensor x = tensor<double>({1, nan_value, nan_value, 3, 2, 3}, {2, 3});
  const ValuesAndIndices most = max_with_indices(x, 1), least = min_with_indices(x, 1, true);
  CHECK(same(to_vector<double>(most.values), {nan_value, 3}));
  CHECK(to_vector<std::int64_t>(most.indices) == Places{1, 0});
  CHECK(same(to_vector<double>(least.values), {nan_value, 2}));
  CHECK(to_vector<std::int64_t>(least.indices) == Places{1, 1});
  CHECK(least.indices.shape() == Shape{2, 1});
  CHECK(item(max_with_indices(tensor<bool>({false, true, true}), 0).indices) == 1);
}

TEST_CASE("argmax and argmin without a dimension count through the rows") {
  const Tensor x = transpose(tensor<double>({4, 9, 0, 9, 1, 0}, {2, 3}));
  CHECK(item(argmax(x)) == 1);  // 4 9 / 9 1 / 0 0
  CHECK(item(argmin(x)) == 4);
  CHECK(argmin(x, {}, true).shape() == Shape{1, 1});
  CHECK(to_vector<std::int64_t>(argmin(x, 0)) == Places{2, 2});
  CHECK(item(argmax(slice(x, 0, 1, 3))) == 0);
}

TEST_CASE("a median is the lower of two, NaN where one is, and equal ones share the gradient of that of all") {
  CHECK(item(median(row({3, 1, 2, 4}))) == 2);
  CHECK(item(median(tensor<std::int64_t>({7, -7, 3}))) == 3);
  const ValuesAndIndices found = median(tensor<double>({1, nan_value, 0, nan_value, 4, 2, 2, 3}, {2, 4}), 1);
  CHECK(same(to_vector<double>(found.values), {nan_value, 2}));
  CHECK(to_vector<std::int64_t>(found.indices) == Places{1, 2});
  CHECK(std::isnan(item(median(row({1, nan_value, 2})))));
  CHECK(std::isnan(item(median(empty({0, 2})))));
  const Tensor x = requires_grad(row({2, 2, 1, 2, 5}));
  backward(median(x));
  CHECK(close(to_vector<double>(grad(x)), {1.0 / 3, 1.0 / 3, 0, 1.0 / 3, 0}, 1e-15));
}

TEST_CASE("the mode is the smallest of the most frequent") {
  const Tensor x = tensor<double>({1, 3, 1, 3, 2, 5, 5, 4, 5, 4}, {2, 5});
  const ValuesAndIndices found = mode(x);
  CHECK(to_vector<double>(found.values) == Numbers{1, 5});
  CHECK(to_vector<std::int64_t>(found.indices) == Places{2, 3});
  CHECK(item(mode(tensor<bool>({true, true, false})).values) == 1);
}

TEST_CASE("quantiles lie between sorted elements, whatever is infinite") {
  const Tensor x = tensor<double>({3, 1, 2, 4, 10, 30, 20, 50}, {2, 4});
  CHECK(close(to_vector<double>(quantile(x, 0.4, 1)), {2.2, 22}, 1e-14));
  CHECK(item(quantile(x, 0)) == 1);
  CHECK(item(quantile(x, 1)) == 50);
  const Tensor q = row({0, 0.5, 1});
  CHECK(quantile(x, q, 1).shape() == Shape{3, 2});
  CHECK(quantile(x, row({0.5}), 1).shape() == Shape{1, 2});
  CHECK(quantile(x, empty({0}, float64), 1).shape() == Shape{0, 2});
  CHECK(quantile(x, q, 1, true).shape() == Shape{3, 2, 1});
  CHECK(quantile(x, q, {}, true).shape() == Shape{3, 1, 1});
  CHECK(close(to_vector<double>(quantile(x, q, 1)), {1, 10, 2.5, 25, 4, 50}, 1e-14));
  CHECK(item(quantile(row({1, inf}), 0)) == 1);
  CHECK(item(quantile(row({-inf, 1, 2}), 0.25)) == -inf);
  CHECK(item(quantile(row({inf, inf}), 0.5)) == inf);
  const Tensor z = requires_grad(row({1, nan_value, 3}));
  const Tensor y = quantile(z, 0.5);
  CHECK(std::isnan(item(y)));
  backward(y);
  CHECK(to_vector<double>(grad(z)) == Numbers{0, 1, 0});  // as PyTorch has it
}

TEST_CASE("a sorted search counts what is below each value, or not above it") {
  Generator g(6);
  for (DType dtype : {float32, float64, bfloat16, int64, uint8}) {
    const Tensor sequence = sort(with_ties(g, {3, 40}, dtype)).values, values = with_ties(g, {3, 25}, dtype);
    for (bool right : {false, true}) {
      const Tensor found = searchsorted(sequence, values, right);
      for (std::int64_t r = 0; r < 3; ++r) {
        const Numbers numbers = row_of(sequence, r), wanted = row_of(values, r);
        Places expected;
        for (double value : wanted) {
          expected.push_back(std::count_if(numbers.begin(), numbers.end(),
                                           [&](double number) { return right ? number <= value : number < value; }));
        }
        CHECK(to_vector<std::int64_t>(select(found, 0, r)) == expected);
        CHECK(to_vector<std::int64_t>(bucketize(select(values, 0, r), select(sequence, 0, r), right)) == expected);
      }
    }
  }
  const Tensor sequence = row({1, 2, 2, nan_value}), values = row({2, nan_value, 0, inf});
  CHECK(to_vector<std::int64_t>(searchsorted(sequence, values)) == Places{1, 3, 0, 3});
  CHECK(to_vector<std::int64_t>(searchsorted(sequence, values, true)) == Places{3, 4, 0, 3});
}

TEST_CASE("a tensor of no dimensions is sorted as a row of one element") {
  const Tensor x = full({}, 3, float64);
  CHECK(sort(x, 0).values.shape() == Shape{});
  CHECK(topk(x, 1).indices.shape() == Shape{});
  CHECK(item(median(x, -1).values) == 3);
  CHECK(kthvalue(x, 1, 0, true).values.shape() == Shape{});
  CHECK(item(quantile(x, 0.3, 0)) == 3);
  CHECK(argmax(x, -1).shape() == Shape{});
  CHECK(sort(empty({2, 0})).indices.shape() == Shape{2, 0});
}

TEST_CASE("orders refuse what they can't choose from") {
  const Tensor x = zeros({2, 3}), none = zeros({2, 0}), whole = zeros({3}, int64), undefined;
  check_refused({
      {"sort", [=] { sort(x, 2); }},
      {"sort", [=] { sort(undefined); }},
      {"argsort", [=] { argsort(x, -3); }},
      {"topk", [=] { topk(x, 4); }},
      {"topk", [=] { topk(x, -1); }},
      {"topk", [] { topk(ones({}), 2); }},
      {"kthvalue", [=] { kthvalue(x, 0); }},
      {"kthvalue", [=] { kthvalue(x, 4); }},
      {"kthvalue", [=] { kthvalue(none, 1); }},
      {"max_with_indices", [=] { max_with_indices(none, 1); }},
      {"min_with_indices", [=] { min_with_indices(x, 2); }},
      {"argmax", [] { argmax(ones({}), 1); }},
      {"argmin", [=] { argmin(none); }},
      {"argmin", [=] { argmin(none, 1); }},
      {"median", [=] { median(none, 1); }},
      {"median", [] { median(empty({0}, int64)); }},
      {"mode", [=] { mode(none); }},
      {"quantile", [=] { quantile(x, 1.5); }},
      {"quantile", [=] { quantile(x, nan_value); }},
      {"quantile", [=] { quantile(none, 0.5); }},
      {"quantile", [=] { quantile(none, 0.5, 1); }},
      {"quantile", [=] { quantile(whole, 0.5); }},
      {"quantile", [=] { quantile(x, x); }},
      {"quantile", [=] { quantile(x, zeros({2}, float64)); }},
      {"quantile", [=] { quantile(x, 0.5, 2); }},
      {"searchsorted",
       [=] {
         searchsorted(x, zeros({3, 3}));
       }},
      {"searchsorted", [=] { searchsorted(x, whole); }},
      {"searchsorted", [=] { searchsorted(zeros({}), x); }},
      {"searchsorted", [=] { searchsorted(x, zeros({3})); }},
      {"bucketize", [=] { bucketize(x, x); }},
  });
}
