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

/// Σ(x - mean)² / (n - correction) in two passes.
double plain_variance(const Numbers& x, double correction) {
  const double n = static_cast<double>(x.size());
  double mean = 0, squares = 0;
  for (double one : x) mean += one / n;
  for (double one : x) squares += (one - mean) * (one - mean);
  return squares / (n - correction);
}

}  // namespace

TEST_CASE("a variance is right in float32 for a small spread about a large mean, and so is its gradient") {
  Generator g(1);
  for (double mean : {0.0, 1e3, -1e6}) {
    const Tensor x = requires_grad(to(to(uniform({2, 500}, -1, 1, g, float64, cpu) + mean, default_device()), float32));
    const Numbers values = to_vector<double>(x), found = to_vector<double>(var(x, {1})),
                  roots = to_vector<double>(adora::std(x, {1}, {.correction = 0}));
    backward(sum(var(x, {1})));
    const Numbers slopes = to_vector<double>(grad(x));
    for (std::ptrdiff_t r = 0; r < 2; ++r) {
      const Numbers own(values.begin() + r * 500, values.begin() + (r + 1) * 500);
      INFO("about " << mean);
      CHECK(found[static_cast<std::size_t>(r)] == Approx(plain_variance(own, 1)).epsilon(3e-6));
      CHECK(roots[static_cast<std::size_t>(r)] == Approx(std::sqrt(plain_variance(own, 0))).epsilon(3e-6));
      double centre = 0;
      for (double one : own) centre += one / 500;
      for (std::size_t i = 0; i < 500; i += 99) {
        CHECK(slopes[static_cast<std::size_t>(r) * 500 + i] == Approx(2 * (own[i] - centre) / 499).margin(1e-8));
      }
    }
  }
}

TEST_CASE("equal numbers have no variance at all, and a deviation of 0 has the gradient 0") {
  for (double value : {0.1, 1e6, 1.0 / 3}) {
    CHECK(item(var(full({777}, value))) == 0);
    CHECK(item(adora::std(full({777}, value, float64))) == 0);
  }
  const Tensor x = requires_grad(full({3}, 0.1, float64).detach());
  backward(adora::std(x));
  CHECK(to_vector<double>(grad(x)) == Numbers{0, 0, 0});
}

TEST_CASE("a variance of too few numbers is NaN or infinite, as PyTorch has it") {
  CHECK(std::isnan(item(var(row({1})))));
  CHECK(item(var(row({1}), {}, {.correction = 0})) == 0);
  CHECK(item(var(row({1, 2}), {}, {.correction = 3})) == inf);
  CHECK(std::isnan(item(var(row({5, 5}), {}, {.correction = 2}))));
  CHECK(item(var(row({1, 2}), {}, {.correction = -1})) == Approx(0.5 / 3).epsilon(1e-14));
  CHECK(same(to_vector<double>(adora::std(empty({2, 0}), {1})), {nan_value, nan_value}));
  CHECK(var(empty({0, 2}), {1}).shape() == Shape{0});
  CHECK(std::isnan(item(var(row({1, inf, 2})))));
  const VarAndMean both = var_mean(row({1, 2, 6}), {0}, {.keepdim = true});
  CHECK(to_vector<double>(both.mean) == Numbers{3});
  CHECK(item(both.var) == Approx(7).epsilon(1e-14));
  CHECK(both.var.shape() == Shape{1});
}

TEST_CASE("a product's gradient is right with any number of zeros in it") {
  const Tensor x = requires_grad(tensor<double>({2, 3, 4, 0, 5, 2, 0, 3, 0}, {3, 3}));
  const Tensor y = prod(x, {1});
  CHECK(to_vector<double>(y) == Numbers{24, 0, 0});
  backward(y, row({1, 1, 1}));
  CHECK(to_vector<double>(grad(x)) == Numbers{12, 8, 6, 10, 0, 0, 0, 0, 0});
}

TEST_CASE("products of nothing are 1, of whole numbers int64, and of long rows those of a plain loop") {
  CHECK(item(prod(empty({0}))) == 1);
  CHECK(to_vector<double>(prod(empty({2, 0}), {1})) == Numbers{1, 1});
  CHECK(prod(empty({2, 0}), {0}).shape() == Shape{0});
  CHECK(prod(tensor<std::int32_t>({2, 3})).dtype() == int64);
  CHECK(item(prod(tensor<std::uint8_t>({200, 200}))) == 40000);
  CHECK(item(prod(tensor<bool>({true, false}))) == 0);
  CHECK(item(prod(tensor<std::int64_t>({std::numeric_limits<std::int64_t>::max(), 2}))) == -2);
  CHECK(item(prod(tensor<float>({1e30f, 1e30f, 1e-30f, 1e-30f}))) == Approx(1).epsilon(1e-6));
  Generator g(2);
  const Tensor x = to(uniform({5, 3, 301}, 0.95, 1.05, g, float64, cpu), default_device());
  const Numbers values = to_vector<double>(x);
  Numbers expected(3, 1);
  for (std::size_t i = 0; i < values.size(); ++i) expected[i / 301 % 3] *= values[i];
  CHECK(close(to_vector<double>(prod(x, {0, -1})), expected, 1e-12));
  CHECK(close(to_vector<double>(prod(permute(x, {2, 1, 0}), {0, 2})), expected, 1e-12));
}

TEST_CASE("products of whole numbers are those of a plain loop at every length") {
  for (std::int64_t n = 1; n <= 40; ++n) {
    Places row;
    std::uint64_t expected = 1;
    for (std::int64_t i = 0; i < n; ++i) {
      row.push_back(2 * i + 3);  // odd, so that no power of two gathers
      expected *= static_cast<std::uint64_t>(row.back());
    }
    CHECK(to_vector<std::int64_t>(prod(tensor(row, {n}))) == Places{static_cast<std::int64_t>(expected)});
  }
}

TEST_CASE("any, all and the count of what is not 0, of every dtype") {
  for (DType dtype : all_dtypes) {
    const Tensor x = to(tensor<std::int64_t>(Places{0, 1, 0, 1, 1, 1, 0, 0, 0}, {3, 3}), dtype);
    CHECK(any(x).dtype() == boolean);
    CHECK(to_vector<double>(any(x, {1})) == Numbers{1, 1, 0});
    CHECK(to_vector<double>(all(x, {1}, true)) == Numbers{0, 1, 0});
    CHECK(to_vector<double>(count_nonzero(x, {0})) == Numbers{1, 2, 1});
  }
  CHECK(item(any(row({nan_value}))) == 1);
  CHECK(item(any(row({0.25, 0}))) == 1);
  CHECK(item(any(empty({0}))) == 0);
  CHECK(item(all(empty({0}))) == 1);
  CHECK(item(count_nonzero(row({nan_value, 0, -0.0, 3}))) == 2);
  CHECK(!grad_required(any(requires_grad(row({1})))));
}

TEST_CASE("sums and means of what is not NaN") {
  const Tensor x = requires_grad(tensor<double>({1, nan_value, 3, nan_value, nan_value, nan_value}, {2, 3}));
  CHECK(to_vector<double>(nansum(x, {1})) == Numbers{4, 0});
  const Tensor y = nanmean(x, {1});
  CHECK(same(to_vector<double>(y), {2, nan_value}));
  backward(select(y, 0, 0));
  CHECK(to_vector<double>(slice(grad(x), 0, 0, 1)) == Numbers{0.5, 0, 0.5});
  CHECK(item(nansum(tensor<std::uint8_t>({200, 200}))) == 400);
  CHECK(item(nanmean(full({3000}, 100, float16))) == 100);
}

TEST_CASE("a logsumexp over two dimensions is that of their elements in a row") {
  Generator g(3);
  const Tensor x = sample_tensor(g, {2, 3, 4});
  const Tensor rows = reshape(permute(x, {1, 0, 2}), {3, 8});
  CHECK(close(to_vector<double>(logsumexp(x, {0, 2})), to_vector<double>(logsumexp(rows, 1)), 1e-14));
  CHECK(logsumexp(x, Shape{}, true).shape() == Shape{1, 1, 1});
}

TEST_CASE("bincount counts, or adds weights, whose gradients it passes on") {
  const Tensor x = tensor<std::int64_t>({1, 3, 1});
  CHECK(to_vector<std::int64_t>(bincount(x)) == Places{0, 2, 0, 1});
  CHECK(to_vector<std::int64_t>(bincount(to(x, uint8), {}, 6)) == Places{0, 2, 0, 1, 0, 0});
  CHECK(bincount(empty({0}, int64)).shape() == Shape{0});
  CHECK(bincount(x, tensor<std::int32_t>({1, 2, 3})).dtype() == float64);
  const Tensor weights = requires_grad(row({0.5, 2, 4}));
  const Tensor sums = bincount(x, weights);
  CHECK(to_vector<double>(sums) == Numbers{0, 4.5, 0, 2});
  backward(sums, row({1, 2, 3, 4}));
  CHECK(to_vector<double>(grad(weights)) == Numbers{2, 4, 2});
}

TEST_CASE("a histogram's last bin has its upper edge, and what lies outside or is NaN is left out") {
  CHECK(to_vector<double>(histc(row({1, 2, 2, 3, 9, nan_value, -inf}), 4, 1, 3)) == Numbers{1, 0, 2, 1});
  CHECK(to_vector<double>(histc(row({1, 1}), 3)) == Numbers{0, 2, 0});
  CHECK(to_vector<double>(histc(row({0, 1, 2, 4}), 4)) == Numbers{1, 1, 1, 1});
  CHECK(to_vector<double>(histc(to(arange(50), float32), 49, 0, 49)) == [] {
    Numbers counts(49, 1);
    counts.back() = 2;
    return counts;
  }());
  CHECK(to_vector<double>(histc(empty({0}), 2)) == Numbers{0, 0});
  CHECK(histc(ones({2}, bfloat16), 2).dtype() == float32);
}

TEST_CASE("the different elements of a tensor, where each of them is and how often") {
  const Tensor x = tensor<double>({3, 1, 2, 1, 3, 3}, {2, 3});
  const UniqueValues found = unique(x, true, true);
  CHECK(to_vector<double>(found.values) == Numbers{1, 2, 3});
  CHECK(found.inverse.shape() == x.shape());
  CHECK(to_vector<std::int64_t>(found.inverse) == Places{2, 0, 1, 0, 2, 2});
  CHECK(to_vector<std::int64_t>(found.counts) == Places{2, 1, 3});
  CHECK(!unique(x).inverse.defined());
  const UniqueValues odd = unique(row({nan_value, 1, nan_value, -0.0, 0.0}), true, true);
  CHECK(same(to_vector<double>(odd.values), {0, 1, nan_value, nan_value}));
  CHECK(to_vector<std::int64_t>(odd.inverse) == Places{2, 1, 3, 0, 0});
  CHECK(to_vector<std::int64_t>(odd.counts) == Places{2, 1, 1, 1});
  CHECK(to_vector<double>(unique(tensor<bool>({true, false, true})).values) == Numbers{0, 1});
  CHECK(unique(empty({2, 0}), true).inverse.shape() == Shape{2, 0});
  Generator g(4);
  const Tensor many = sample_indices(g, {700}, 50);
  Places sorted = to_vector<std::int64_t>(many);
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  CHECK(to_vector<std::int64_t>(unique(many).values) == sorted);
}

TEST_CASE("statistics refuse what they don't take") {
  const Tensor x = zeros({2, 3}), whole = zeros({3}, int64), undefined;
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  check_refused({
      {"var", [=] { var(whole); }},
      {"var", [=] { var(x, {2}); }},
      {"var", [=] { var(x, {0}, {.correction = nan_value}); }},
      {"std", [=] { adora::std(whole); }},
      {"std", [=] { adora::std(undefined); }},
      {"std",
       [=] {
         adora::std(x, {0, 0});
       }},
      {"var_mean", [=] { var_mean(whole); }},
      {"nanmean", [=] { nanmean(whole); }},
      {"nansum", [=] { nansum(x, {4}); }},
      {"nanmean", [=] { nanmean(x, {-3}); }},
      {"prod",
       [=] {
         prod(x, {0, -2});
       }},
      {"prod", [=] { prod(undefined); }},
      {"any", [=] { any(x, {2}); }},
      {"all", [=] { all(undefined); }},
      {"count_nonzero", [=] { count_nonzero(x, {-3}); }},
      {"logsumexp",
       [=] {
         logsumexp(x, {0, 0});
       }},
      {"bincount", [=] { bincount(x); }},
      {"bincount",
       [=] {
         bincount(zeros({2, 2}, int64));
       }},
      {"bincount", [] { bincount(tensor<std::int64_t>({-1})); }},
      {"bincount", [=] { bincount(tensor<std::int64_t>({most})); }},
      {"", [=] { bincount(tensor<std::int64_t>({most / 2})); }},
      {"bincount", [=] { bincount(whole, ones({2})); }},
      {"bincount", [=] { bincount(whole, {}, -1); }},
      {"histc", [=] { histc(whole); }},
      {"histc", [=] { histc(x, 0); }},
      {"histc", [=] { histc(x, 3, 2, 1); }},
      {"histc", [=] { histc(x, 3, 0, inf); }},
      {"histc",
       [] {
         histc(row({1, nan_value}), 3);
       }},
      {"histc", [] { histc(requires_grad(row({1})), 3); }},
      {"unique", [=] { unique(undefined); }},
  });
}
