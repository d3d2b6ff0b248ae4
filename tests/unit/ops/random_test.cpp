#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "../../numeric.h"
#include "../../refused.h"

using namespace adora;

namespace {
using Numbers = std::vector<double>;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(),
                       least = std::numeric_limits<std::int64_t>::min();

double largest(const Numbers& x) { return *std::max_element(x.begin(), x.end()); }
double smallest(const Numbers& x) { return *std::min_element(x.begin(), x.end()); }
}  // namespace

TEST_CASE("numbers in order are counted as in PyTorch") {
  CHECK(arange(2, 5).dtype() == int64);
  CHECK(to_vector<double>(arange(2, 5)) == Numbers{2, 3, 4});
  CHECK(to_vector<double>(arange(0, 10, 4)) == Numbers{0, 4, 8});
  CHECK(to_vector<double>(arange(5, 0, -2)) == Numbers{5, 3, 1});
  CHECK(arange(3, 3).numel() == 0);
  CHECK(arange(2.5).dtype() == float32);
  CHECK(to_vector<double>(arange(2.5)) == Numbers{0, 1, 2});
  CHECK(to_vector<double>(arange(0, 1, 0.25)) == Numbers{0, 0.25, 0.5, 0.75});
  CHECK(to_vector<double>(arange(1.0, 0.0, -0.5, float64)) == Numbers{1, 0.5});
  CHECK(to_vector<std::int64_t>(arange(most - 2, most)) == std::vector<std::int64_t>{most - 2, most - 1});
  CHECK(to_vector<std::int64_t>(arange(least, most, most)) == std::vector<std::int64_t>{least, -1, most - 1});
  CHECK(to_vector<double>(linspace(0, 1, 5)) == Numbers{0, 0.25, 0.5, 0.75, 1});
  CHECK(to_vector<double>(linspace(3, -1, 3)) == Numbers{3, 1, -1});
  CHECK(to_vector<double>(linspace(2, 9, 1)) == Numbers{2});
  CHECK(linspace(0, 1, 0).numel() == 0);
  CHECK(to_vector<double>(linspace(0.1, 0.7, 7, float64)).back() == 0.7);
  CHECK(to_vector<double>(logspace(0, 2, 3)) == Numbers{1, 10, 100});
  CHECK(to_vector<double>(logspace(0, 3, 4, 2, float64)) == Numbers{1, 2, 4, 8});
  CHECK(to_vector<double>(eye(2)) == Numbers{1, 0, 0, 1});
  CHECK(to_vector<double>(eye(2, 3, int64)) == Numbers{1, 0, 0, 0, 1, 0});
  CHECK(to_vector<double>(eye(3, 1)) == Numbers{1, 0, 0});
  CHECK(eye(0).numel() == 0);
  CHECK(to_vector<double>(full_like(zeros({2}, int32), 7)) == Numbers{7, 7});
  check_refused({
      {"arange", [] { arange(0, 5, 0); }},
      {"arange", [] { arange(0, 5, -1); }},
      {"arange", [] { arange(0, not_a_number); }},
      {"arange", [] { arange(0, 300, 1, uint8); }},
      {"arange", [] { arange(0, 1, 0.5, int64); }},
      {"arange", [] { arange(0, 1e30); }},
      {"linspace", [] { linspace(0, 1, -1); }},
      {"linspace", [] { linspace(0, not_a_number, 2); }},
      {"logspace", [] { logspace(0, 1, -1); }},
      {"eye", [] { eye(-1); }},
      {"eye", [] { eye(most, most); }},
      {"full_like", [] { full_like(zeros({2}, uint8), 256); }},
  });
}

TEST_CASE("random numbers are those of the seed, in the range that they are drawn from") {
  manual_seed(7);
  const Numbers first = to_vector<double>(rand({1000})), second = to_vector<double>(rand({1000}));
  CHECK(first != second);
  CHECK(smallest(first) >= 0);
  CHECK(largest(first) < 1);
  manual_seed(7);
  CHECK(to_vector<double>(rand({1000})) == first);
  Generator g(3), same(3);
  CHECK(to_vector<double>(randn({50}, g)) == to_vector<double>(randn({50}, same)));
  CHECK(to_vector<double>(randint(-3, 4, {50}, g)) == to_vector<double>(randint(-3, 4, {50}, same)));
  const Tensor like = zeros({2, 3}, float64);
  CHECK(rand_like(like).dtype() == float64);
  CHECK(randn_like(like).shape() == Shape{2, 3});
  CHECK(randint_like(like, 0, 5).dtype() == float64);

  // Of n throws each of 7 numbers takes n/7 ± 5 deviations of √(n·6)/7, but for one run in a hundred thousand; the seed
  // is fixed.
  const Tensor throws = randint(-3, 4, {7000}, g);
  CHECK(throws.dtype() == int64);
  for (double number = -3; number <= 3; ++number)
    CHECK(std::abs(sum(throws == number).item() - 1000) < 5 * std::sqrt(7000 * 6) / 7);
  CHECK(sum(throws < -3).item() + sum(throws > 3).item() == 0);
  CHECK(to_vector<std::int64_t>(randint(most - 1, most, {2}, g)) == std::vector<std::int64_t>{most - 1, most - 1});
  CHECK(to_vector<std::int64_t>(randint(least, least + 1, {1}, g)) == std::vector<std::int64_t>{least});
}

TEST_CASE("a uniform number of any dtype stays below the bound") {
  Generator g(1);
  for (DType dtype : {bfloat16, float16, float32, float64})
    CHECK(largest(to_vector<double>(uniform({20000}, 100, 101, g, dtype))) < 101);
}

TEST_CASE("a random order has every number once, and each place gets each") {
  Generator g(2);
  Numbers places(4, 0);
  for (int i = 0; i < 400; ++i) {
    Numbers order = to_vector<double>(randperm(4, g));
    ++places[static_cast<std::size_t>(order[2])];
    std::sort(order.begin(), order.end());
    CHECK(order == Numbers{0, 1, 2, 3});
  }
  for (double count : places) CHECK(std::abs(count - 100) < 5 * std::sqrt(400.0 * 3) / 4);
  CHECK(randperm(0).numel() == 0);
  CHECK(randperm(3, int32).dtype() == int32);
}

TEST_CASE("draws follow their probabilities") {
  Generator g(5);
  for (DType dtype : {bfloat16, float32, float64}) {
    const Tensor p = tensor({0.0, 0.25, 1.0}, dtype), drawn = bernoulli(expand(p, {4000, 3}), g);
    CHECK(drawn.dtype() == dtype);
    const Numbers ones = to_vector<double>(sum(to(drawn, float64), 0));
    CHECK(ones[0] == 0);
    CHECK(std::abs(ones[1] - 1000) < 5 * std::sqrt(4000 * 0.25 * 0.75));
    CHECK(ones[2] == 4000);
  }
  const Tensor weights = tensor({{0, 1, 3, 0}, {2, 0, 0, 0}}, float32);
  const Tensor again = multinomial(weights, 4000, true, g);
  CHECK(again.shape() == Shape{2, 4000});
  CHECK(std::abs(sum(again[0] == 2).item() - 3000) < 5 * std::sqrt(4000 * 0.25 * 0.75));
  CHECK(sum(again[0] == 1).item() + sum(again[0] == 2).item() == 4000);
  CHECK(sum(again[1]).item() == 0);
  // The first of two drawn once: as with replacement.
  double heavy = 0;
  for (int i = 0; i < 400; ++i) {
    const Numbers two = to_vector<double>(multinomial(weights[0], 2, false, g));
    CHECK(two[0] + two[1] == 3);
    heavy += two[0] == 2;
  }
  CHECK(std::abs(heavy - 300) < 5 * std::sqrt(400 * 0.25 * 0.75));
}

TEST_CASE("there is nothing to draw from nonsense") {
  const Tensor w = tensor({0, 1, 2}, float32), none;
  check_refused({
      {"rand", [] { rand({-1}); }},
      {"rand", [] { rand({2}, int64); }},
      {"randn", [] { randn({2}, boolean); }},
      {"randint", [] { randint(3, 3, {2}); }},
      {"randint", [] { randint(0, {2}); }},
      {"randint", [] { randint(least, most, {2}); }},
      {"randint", [] { randint(0, 300, {2}, uint8); }},
      {"randperm", [] { randperm(-1); }},
      {"randperm", [] { randperm(300, uint8); }},
      {"rand_like", [=] { rand_like(none); }},
      {"rand", [] { rand_like(zeros({2}, int64)); }},
      {"bernoulli",
       [] {
         bernoulli(tensor({0.5, 1.5}));
       }},
      {"bernoulli",
       [] {
         bernoulli(tensor({0.5, -0.5}));
       }},
      {"bernoulli", [] { bernoulli(tensor({not_a_number})); }},
      {"bernoulli", [] { bernoulli(tensor({1})); }},
      {"multinomial", [=] { multinomial(w, 0); }},
      {"multinomial", [=] { multinomial(w, 4); }},
      {"multinomial", [=] { multinomial(w, 3); }},
      {"multinomial", [=] { multinomial(-w, 1); }},
      {"multinomial", [=] { multinomial(w * 0, 1, true); }},
      {"multinomial", [=] { multinomial(w * not_a_number, 1, true); }},
      {"multinomial", [=] { multinomial(zeros({0}), 1, true); }},
      {"multinomial",
       [=] {
         multinomial(zeros({1, 2, 3}), 1);
       }},
      {"multinomial",
       [=] {
         multinomial(tensor({1, 2}), 1);
       }},
  });
}
