#include <cmath>
#include <limits>
#include <numbers>

#include "../../../refused.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

struct Moments {
  double mean = 0, deviation = 0, fourth = 0, least = 0, most = 0;
};

Moments moments(const Tensor& x) {
  const std::vector<double> numbers = to_vector<double>(x);
  Moments m{.least = numbers[0], .most = numbers[0]};
  for (double v : numbers) m.mean += v / static_cast<double>(numbers.size());
  for (double v : numbers) {
    const double d = v - m.mean, n = static_cast<double>(numbers.size());
    m.deviation += d * d / n, m.fourth += d * d * d * d / n;
    m.least = std::min(m.least, v), m.most = std::max(m.most, v);
  }
  m.fourth /= m.deviation * m.deviation;
  m.deviation = std::sqrt(m.deviation);
  return m;
}

// The deviation of n numbers is known to about 1 / √(2 n) of itself; sizes here are 40,000, bounds six times that.
void check_uniform(const Tensor& x, double deviation) {
  const Moments m = moments(x);
  CHECK(m.deviation == Approx(deviation).epsilon(0.02));
  CHECK(m.most <= std::numbers::sqrt3 * deviation * 1.000001);
  CHECK(m.most == Approx(std::numbers::sqrt3 * deviation).epsilon(0.001));
  CHECK(std::abs(m.mean) < 0.03 * deviation);
}
void check_normal(const Tensor& x, double deviation) {
  const Moments m = moments(x);
  CHECK(m.deviation == Approx(deviation).epsilon(0.022));
  CHECK(m.fourth == Approx(3).epsilon(0.05));
  CHECK(std::abs(m.mean) < 0.03 * deviation);
}

}  // namespace

TEST_CASE("initial weights have the deviations of their papers, for each fan and nonlinearity") {
  Generator g(1);
  const Tensor square = requires_grad(zeros({400, 100})), conv = zeros({200, 50, 2, 2}, float64);
  xavier_uniform_(square, g), check_uniform(square, std::sqrt(2.0 / 500));
  xavier_normal_(square, g, 3), check_normal(square, 3 * std::sqrt(2.0 / 500));
  kaiming_uniform_(square, g), check_uniform(square, std::sqrt(2.0 / 100));
  kaiming_uniform_(square, g, {.a = std::sqrt(5.0)}), check_uniform(square, 1 / std::sqrt(300.0));
  kaiming_normal_(square, g, {.mode = Fan::out, .nonlinearity = "relu"}), check_normal(square, std::sqrt(2.0 / 400));
  kaiming_normal_(conv, g, {.nonlinearity = "tanh"}), check_normal(conv, 5.0 / 3 / std::sqrt(200.0));
  xavier_normal_(conv, g), check_normal(conv, std::sqrt(2.0 / 1000));
  kaiming_uniform_(conv, g, {.mode = Fan::out, .nonlinearity = "linear"}), check_uniform(conv, 1 / std::sqrt(800.0));
  normal_(square, g, 0, 0.5), check_normal(square, 0.5);
  uniform_(square, g, -3, 3), check_uniform(square, std::numbers::sqrt3);
  constant_(square, 0.25);
  CHECK(to_vector<double>(square) == std::vector<double>(40000, 0.25));
  CHECK(grad_required(square));
  const Tensor half = zeros({20}, bfloat16);
  normal_(half, g);
  CHECK(moments(half).deviation > 0.1);
  xavier_uniform_(zeros({0, 3}), g), kaiming_normal_(zeros({3, 0}), g), orthogonal_(zeros({0, 3}), g);
}

TEST_CASE("a truncated normal distribution has numbers within its bounds alone, in their shares") {
  Generator g(2);
  const Tensor x = zeros({40000}, float64);
  // Of numbers between a and b: mean (φ(a) - φ(b)) / (Φ(b) - Φ(a)).
  const auto mean_between = [](double a, double b) {
    const auto density = [](double t) { return std::exp(-t * t / 2) / std::sqrt(2 * std::numbers::pi); };
    const auto share = 0.5 * (std::erfc(-b / std::numbers::sqrt2) - std::erfc(-a / std::numbers::sqrt2));
    return (density(a) - density(b)) / share;
  };
  trunc_normal_(x, g);
  CHECK(moments(x).deviation == Approx(0.8796).epsilon(0.02));  // scipy.stats.truncnorm(-2, 2).std()
  CHECK((moments(x).least >= -2 && moments(x).most <= 2));
  trunc_normal_(x, g, 1, 2, 2, 9);
  CHECK(moments(x).mean == Approx(1 + 2 * mean_between(0.5, 4)).epsilon(0.02));
  CHECK((moments(x).least >= 2 && moments(x).most <= 9));
  // Far out, on either side, where nearly nothing of the distribution lies.
  trunc_normal_(x, g, 0, 1, 20, 30);
  CHECK(moments(x).mean == Approx(20.0498).epsilon(1e-3));  // scipy.stats.truncnorm(20, 30).mean()
  trunc_normal_(x, g, 0, 1, -30, -20);
  CHECK(moments(x).mean == Approx(-20.0498).epsilon(1e-3));
  CHECK((moments(x).least >= -30 && moments(x).most <= -20));
}

TEST_CASE("an orthogonal matrix has rows, or columns, of one length at right angles") {
  Generator g(3);
  for (const Shape& shape : {Shape{4, 7}, Shape{7, 4}, Shape{5, 5}, Shape{3, 2, 4}, Shape{1, 6}}) {
    const Tensor x = zeros(shape, float64);
    orthogonal_(x, g, 3);
    const Tensor flat = reshape(x, {shape[0], -1});
    const bool wide = flat.size(0) <= flat.size(1);
    const Tensor gram = wide ? matmul(flat, transpose(flat)) : matmul(transpose(flat), flat);
    const std::vector<double> numbers = to_vector<double>(gram);
    const std::size_t n = static_cast<std::size_t>(gram.size(0));
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) CHECK(numbers[i * n + j] == Approx(i == j ? 9 : 0).margin(1e-12));
  }
  // Either sign is equally likely in each place.
  int positive = 0;
  for (int i = 0; i < 400; ++i) {
    const Tensor x = zeros({2, 2}, float64);
    orthogonal_(x, g);
    positive += to_vector<double>(x)[0] > 0 ? 1 : 0;
  }
  CHECK(std::abs(positive - 200) < 60);  // six deviations
}

TEST_CASE("gains are PyTorch's") {
  CHECK(calculate_gain("linear") == 1);
  CHECK(calculate_gain("conv2d") == 1);
  CHECK(calculate_gain("sigmoid") == 1);
  CHECK(calculate_gain("tanh") == Approx(5.0 / 3));
  CHECK(calculate_gain("relu") == Approx(std::sqrt(2.0)));
  CHECK(calculate_gain("leaky_relu") == Approx(std::sqrt(2 / 1.0001)));
  CHECK(calculate_gain("leaky_relu", 0) == Approx(std::sqrt(2.0)));
  CHECK(calculate_gain("selu") == 0.75);
}

TEST_CASE("initializers refuse what they can't fill and say why") {
  Generator g(1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = zeros({2, 2}), vector = zeros({2}), whole = zeros({2, 2}, int64);
  check_refused({{"xavier_uniform_", [&] { xavier_uniform_(vector, g); }},
                 {"xavier_normal_", [&] { xavier_normal_(x, g, nan); }},
                 {"xavier_normal_", [&] { xavier_normal_(whole, g); }},
                 {"kaiming_uniform_", [&] { kaiming_uniform_(vector, g); }},
                 {"kaiming_normal_", [&] { kaiming_normal_(x, g, {.a = nan}); }},
                 {"'relux'", [&] { kaiming_normal_(x, g, {.nonlinearity = "relux"}); }},
                 {"orthogonal_", [&] { orthogonal_(vector, g); }},
                 {"orthogonal_", [&] { orthogonal_(x, g, -1); }},
                 {"constant_", [&] { constant_(Tensor(), 0); }},
                 {"uniform_", [&] { uniform_(whole, g); }},
                 {"uniform", [&] { uniform_(x, g, 2, 1); }},
                 {"normal", [&] { normal_(x, g, 0, -1); }},
                 {"trunc_normal_", [&] { trunc_normal_(x, g, 0, 0); }},
                 {"trunc_normal_", [&] { trunc_normal_(x, g, 0, 1, 2, 2); }},
                 {"trunc_normal_", [&] { trunc_normal_(x, g, 0, 1, 50, 60); }},
                 {"trunc_normal_", [&] { trunc_normal_(x, g, nan, 1); }}});
}
