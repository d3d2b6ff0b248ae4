#include <cmath>
#include <limits>

#include "../../numeric.h"
#include "../../refused.h"
#include "ops/elementwise/abs.h"

using namespace adora;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity(), not_a_number = std::numeric_limits<double>::quiet_NaN();

/// x [N, C, S] normalized by plain loops: `shares(n, c)` numbers the part that the numbers of a channel belong to.
struct Expected {
  std::vector<double> y, mean, variance, count;

  template <class Shares>
  Expected(const std::vector<double>& x, std::size_t N, std::size_t C, std::size_t S, std::size_t parts,
           const std::vector<double>& weight, const std::vector<double>& bias, double eps, Shares shares)
      : y(x.size()), mean(parts), variance(parts), count(parts) {
    auto each = [&](auto f) {
      for (std::size_t n = 0; n < N; ++n) {
        for (std::size_t c = 0; c < C; ++c) {
          for (std::size_t s = 0; s < S; ++s) f((n * C + c) * S + s, shares(n, c), c);
        }
      }
    };
    each([&](std::size_t i, std::size_t p, std::size_t) { mean[p] += x[i], count[p] += 1; });
    for (std::size_t p = 0; p < parts; ++p) mean[p] /= count[p];
    each([&](std::size_t i, std::size_t p, std::size_t) {
      variance[p] += (x[i] - mean[p]) * (x[i] - mean[p]) / count[p];
    });
    each([&](std::size_t i, std::size_t p, std::size_t c) {
      y[i] = (x[i] - mean[p]) / std::sqrt(variance[p] + eps) * weight[c] + bias[c];
    });
  }
};

struct Drawn {
  Tensor x, weight, bias;
  Drawn(std::int64_t N, std::int64_t C, std::int64_t S, DType dtype, double about = 0.5) {
    Generator g(3);
    x = to(normal({N, C, S}, about, 2, g, float64), dtype);
    weight = to(uniform({C}, 0.5, 2, g, float64), dtype), bias = to(uniform({C}, -1, 1, g, float64), dtype);
  }
};

std::vector<double> numbers(const Tensor& x) { return to_vector<double>(x); }

}  // namespace

TEST_CASE("batch_norm in training is the plain loops, for short and long runs, and moves the running values") {
  for (const DType dtype : {float64, float32}) {
    for (const auto& [N, C, S] : {std::tuple(7, 5, 1), {300, 3, 1}, {4, 70, 1}, {3, 4, 6}, {2, 3, 16}, {3, 2, 1100}}) {
      const Drawn d(N, C, S, dtype);
      const auto channels = static_cast<std::size_t>(C);
      const Tensor mean = full({C}, 0.25, dtype), var = full({C}, 3, dtype);
      const Tensor y = batch_norm(d.x, mean, var, d.weight, d.bias, {.training = true, .momentum = 0.3, .eps = 1e-3});
      const Expected e(numbers(d.x), static_cast<std::size_t>(N), channels, static_cast<std::size_t>(S), channels,
                       numbers(d.weight), numbers(d.bias), 1e-3, [](std::size_t, std::size_t c) { return c; });
      std::vector<double> means, variances;
      for (std::size_t c = 0; c < channels; ++c) {
        means.push_back(0.7 * 0.25 + 0.3 * e.mean[c]);
        variances.push_back(0.7 * 3 + 0.3 * e.variance[c] * e.count[c] / (e.count[c] - 1));
      }
      INFO(name(dtype) << " " << N << " " << C << " " << S);
      const double tolerance = dtype == float64 ? 1e-13 : 2e-6;
      CHECK(close(numbers(y), e.y, tolerance));
      CHECK(close(numbers(mean), means, tolerance));
      CHECK(close(numbers(var), variances, tolerance));
      // Two numbers for each channel where the batch is [N, C].
      if (S == 1) {
        const Tensor rows = reshape(d.x, {N, C});
        CHECK(close(numbers(batch_norm(rows, {}, {}, d.weight, d.bias, {.training = true, .eps = 1e-3})), e.y,
                    tolerance));
      }
    }
  }
}

TEST_CASE("group_norm and instance_norm are the plain loops, for short and long runs") {
  for (const DType dtype : {float64, float32}) {
    for (const auto& [N, C, S, groups] : {std::tuple(5, 6, 1, 2), {2, 6, 5, 3}, {3, 4, 16, 1}, {2, 6, 700, 2}}) {
      const Drawn d(N, C, S, dtype);
      const auto rows = static_cast<std::size_t>(N), channels = static_cast<std::size_t>(C),
                 places = static_cast<std::size_t>(S), parts = static_cast<std::size_t>(groups);
      const double tolerance = dtype == float64 ? 1e-13 : 2e-6;
      const Expected e(numbers(d.x), rows, channels, places, rows * parts, numbers(d.weight), numbers(d.bias), 1e-3,
                       [=](std::size_t n, std::size_t c) { return n * parts + c / (channels / parts); });
      CHECK(close(numbers(group_norm(d.x, groups, d.weight, d.bias, 1e-3)), e.y, tolerance));
      if (S == 1) continue;
      const Expected alone(numbers(d.x), rows, channels, places, rows * channels, numbers(d.weight), numbers(d.bias),
                           1e-3, [=](std::size_t n, std::size_t c) { return n * channels + c; });
      const Tensor mean = zeros({C}, dtype), var = ones({C}, dtype);
      const Tensor y = instance_norm(d.x, mean, var, d.weight, d.bias, {.momentum = 0.5, .eps = 1e-3});
      CHECK(close(numbers(y), alone.y, tolerance));
      std::vector<double> means(channels), variances(channels, 0.5);
      for (std::size_t i = 0; i < rows * channels; ++i) {
        means[i % channels] += 0.5 * alone.mean[i] / static_cast<double>(rows);
        variances[i % channels] +=
            0.5 * alone.variance[i] * alone.count[i] / (alone.count[i] - 1) / static_cast<double>(rows);
      }
      CHECK(close(numbers(mean), means, tolerance));
      CHECK(close(numbers(var), variances, tolerance));
    }
  }
}

TEST_CASE("batch_norm in evaluation is an affine map by the running values, which it leaves alone") {
  for (const std::int64_t S : {1, 5, 20}) {
    const Drawn d(3, 2, S, float64);
    const Tensor mean = tensor<double>({0.5, -1}), var = tensor<double>({2, 0.25}), x = requires_grad(clone(d.x));
    const Tensor y = batch_norm(x, mean, var, d.weight, d.bias, {.eps = 0.5});
    const auto from = numbers(d.x), w = numbers(d.weight), b = numbers(d.bias);
    const std::vector<double> m{0.5, -1}, scale{1 / std::sqrt(2.5), 1 / std::sqrt(0.75)};
    std::vector<double> expected, slope;
    for (std::size_t i = 0; i < from.size(); ++i) {
      const std::size_t c = i / static_cast<std::size_t>(S) % 2;
      expected.push_back((from[i] - m[c]) * scale[c] * w[c] + b[c]), slope.push_back(scale[c] * w[c]);
    }
    CHECK(close(numbers(y), expected, 1e-14));
    backward(sum(y));
    CHECK(close(numbers(grad(x)), slope, 1e-14));
    CHECK(numbers(mean) == m);
    CHECK(numbers(var) == std::vector<double>{2, 0.25});
  }
}

TEST_CASE("running values of another floating dtype serve, and learn from a batch of half numbers") {
  const Drawn d(4, 3, 5, bfloat16);
  const Tensor mean = zeros({3}), var = ones({3});
  CHECK(batch_norm(d.x, mean, var, d.weight, d.bias, {.training = true, .momentum = 1}).dtype() == bfloat16);
  const Tensor wide = to(d.x, float64);
  CHECK(close(numbers(mean), numbers(adora::mean(wide, {0, 2})), 1e-6));
  const Tensor y = batch_norm(d.x, mean, var, d.weight, d.bias);
  CHECK(close(numbers(y), numbers(batch_norm(wide, mean, var, to(d.weight, float64), to(d.bias, float64))), 0x1p-8));
}

TEST_CASE("of a batch without elements the running values learn nothing") {
  const Tensor mean = full({3}, 0.5, float64), var = full({3}, 2, float64);
  for (const Shape& shape : {Shape{0, 3}, {2, 3, 0}}) {
    const Tensor weight = requires_grad(ones({3}, float64));
    const Tensor y = batch_norm(zeros(shape, float64), mean, var, weight, {}, {.training = true});
    CHECK(y.shape() == shape);
    backward(sum(y));
    CHECK(numbers(grad(weight)) == std::vector<double>{0, 0, 0});
  }
  CHECK(numbers(mean) == std::vector<double>{0.5, 0.5, 0.5});
  CHECK(numbers(var) == std::vector<double>{2, 2, 2});
}

TEST_CASE("running values that change before the backward pass through them are noticed") {
  const Tensor mean = zeros({2}, float64), var = ones({2}, float64);
  const Tensor x = requires_grad(tensor<double>(std::vector<double>{1, 2, 3, 5}, {2, 2}));
  const Tensor y = batch_norm(x, mean, var);
  batch_norm(x.detach(), mean, var, {}, {}, {.training = true});
  check_refused({{"batch_norm", [&] { backward(sum(y)); }}});
}

TEST_CASE("norms of numbers whose squares leave float32's range are those of the same numbers of the order of 1") {
  const std::vector<double> up{1, 2, 3, 4}, upstream{1, -2, 0.5, 3};
  struct Norm {
    const char* what;
    Shape shape;
    Tensor (*f)(const Tensor& x, double eps);
  };
  auto weight = [](const Tensor& x) { return ones({4}, x.dtype()); };
  static const auto one = weight;
  const Norm norms[] = {
      {"rms_norm", {1, 4}, [](const Tensor& x, double eps) { return rms_norm(x, one(x), eps); }},
      {"rms_norm_composed", {1, 4}, [](const Tensor& x, double eps) { return rms_norm_composed(x, one(x), eps); }},
      {"add_rms_norm",
       {1, 4},
       [](const Tensor& x, double eps) { return add_rms_norm(x * 0.5, x * 0.5, one(x), eps).norm; }},
      {"layer_norm",
       {1, 4},
       [](const Tensor& x, double eps) { return layer_norm(x, one(x), zeros_like(one(x)), eps); }},
      {"layer_norm_composed",
       {1, 4},
       [](const Tensor& x, double eps) { return layer_norm_composed(x, one(x), zeros_like(one(x)), eps); }},
      {"group_norm", {1, 4}, [](const Tensor& x, double eps) { return group_norm(x, 1, {}, {}, eps); }},
      {"group_norm of places", {1, 1, 4}, [](const Tensor& x, double eps) { return group_norm(x, 1, {}, {}, eps); }},
      {"group_norm_composed",
       {1, 4},
       [](const Tensor& x, double eps) { return group_norm_composed(x, 1, {}, {}, eps); }},
      {"instance_norm",
       {1, 1, 4},
       [](const Tensor& x, double eps) { return instance_norm(x, {}, {}, {}, {}, {.eps = eps}); }},
      {"batch_norm",
       {4, 1},
       [](const Tensor& x, double eps) { return batch_norm(x, {}, {}, {}, {}, {.training = true, .eps = eps}); }},
      {"batch_norm of places",
       {1, 1, 4},
       [](const Tensor& x, double eps) { return batch_norm(x, {}, {}, {}, {}, {.training = true, .eps = eps}); }},
  };
  for (const Norm& norm : norms) {
    auto results = [&](double size, DType dtype) {
      std::vector<double> scaled;
      for (double number : up) scaled.push_back(number * size);
      const Tensor x = requires_grad(to(tensor<double>(scaled, norm.shape), dtype));
      const Tensor y = norm.f(x, size < 1 ? 0 : 1e-5 * size);
      backward(y, to(tensor<double>(upstream, norm.shape), dtype));
      return std::pair(numbers(y), numbers(grad(x) * size));
    };
    const auto expected = results(1, float64);
    for (const double size : {1e30, 1e-25}) {
      const auto found = results(size, float32);
      INFO(norm.what << " of numbers of the order of " << size);
      CHECK(close(found.first, expected.first, 1e-5));
      CHECK(close(found.second, expected.second, 1e-4));
    }
  }
  // Where even a sum leaves the range.
  const Tensor most = full({1, 4}, 3e38);
  CHECK(close(numbers(rms_norm(most, ones({4}))), {1, 1, 1, 1}, 1e-6));
  CHECK(numbers(layer_norm(most, ones({4}), zeros({4}))) == std::vector<double>{0, 0, 0, 0});
  CHECK(numbers(group_norm(most, 1)) == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("a variance that is small beside the mean is not lost") {
  Generator g(5);
  for (const std::int64_t S : {1, 40}) {
    const Tensor apart = normal({50, 2, S}, 0, 1, g, float64);
    const Tensor x = to(apart + 4096.0, float32);
    const Tensor exact = to(x, float64);
    CHECK(close(numbers(batch_norm(x, {}, {}, {}, {}, {.training = true})),
                numbers(batch_norm(exact, {}, {}, {}, {}, {.training = true})), 1e-3));
    if (S > 1) CHECK(close(numbers(group_norm(x, 1)), numbers(group_norm(exact, 1)), 1e-3));
  }
}

TEST_CASE("norms of NaN and infinity are NaN, and those of other channels are not") {
  for (const double bad : {inf, -inf, not_a_number}) {
    for (const std::int64_t S : {1, 20}) {
      const Tensor x = normal({3, 2, S}, 0, 1, *std::make_unique<Generator>(1));
      set(x, 0, bad);
      const auto y = numbers(batch_norm(x, {}, {}, {}, {}, {.training = true}));
      for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::isnan(y[i]) == (i / static_cast<std::size_t>(S) % 2 == 0));
    }
  }
}

TEST_CASE("the norms by channels refuse what they can't compute, and say so under their names") {
  const Tensor x = ones({2, 4, 3}), one = ones({4}), other = ones({3}), none, whole = ones({2, 4}, int64);
  const Tensor trained = requires_grad(ones({4}));
  check_refused({
      {"batch_norm: ", [&] { batch_norm(none, one, one); }},
      {"batch_norm: ", [&] { batch_norm(ones({4}), one, one); }},
      {"batch_norm: ", [&] { batch_norm(whole, one, one); }},
      {"batch_norm: there are no running values", [&] { batch_norm(x, {}, {}); }},
      {"batch_norm: running_mean and running_var go together",
       [&] { batch_norm(x, one, {}, {}, {}, {.training = true}); }},
      {"batch_norm: the running_var", [&] { batch_norm(x, one, other); }},
      {"batch_norm: the running_mean", [&] { batch_norm(x, other, one); }},
      {"batch_norm: the weight", [&] { batch_norm(x, one, one, other); }},
      {"batch_norm: the bias", [&] { batch_norm(x, one, one, {}, to(one, float64)); }},
      {"batch_norm: eps", [&] { batch_norm(x, one, one, {}, {}, {.eps = -1}); }},
      {"batch_norm: eps", [&] { batch_norm(x, one, one, {}, {}, {.eps = not_a_number}); }},
      {"batch_norm: the momentum", [&] { batch_norm(x, one, one, {}, {}, {.momentum = inf}); }},
      {"batch_norm: a single number",
       [&] {
         batch_norm(ones({1, 4}), {}, {}, {}, {}, {.training = true});
       }},
      {"batch_norm: running values have no gradient", [&] { batch_norm(x, trained, one); }},
      {"batch_norm_composed: a single number",
       [&] {
         batch_norm_composed(ones({1, 4}), {}, {}, {}, {}, {.training = true});
       }},
      {"group_norm: ", [&] { group_norm(none, 2); }},
      {"group_norm: the channels", [&] { group_norm(x, 3); }},
      {"group_norm: the channels", [&] { group_norm(x, 0); }},
      {"group_norm: the channels", [&] { group_norm(x, -2); }},
      {"group_norm: a single number",
       [&] {
         group_norm(ones({1, 4}), 4);
       }},
      {"group_norm: the weight", [&] { group_norm(x, 2, other); }},
      {"group_norm_composed: the channels", [&] { group_norm_composed(x, 3); }},
      {"instance_norm: a single number",
       [&] {
         instance_norm(ones({2, 4, 1}));
       }},
      {"instance_norm: a single number",
       [&] {
         instance_norm(ones({2, 4}));
       }},
      {"instance_norm: there are no running values",
       [&] { instance_norm(x, {}, {}, {}, {}, {.use_input_stats = false}); }},
      {"instance_norm_composed: a single number",
       [&] {
         instance_norm_composed(ones({2, 4}));
       }},
  });
  // As in PyTorch the batch counts as well, although each of its rows has one number for a group.
  CHECK(numbers(group_norm(ones({2, 4}), 4)) == std::vector<double>(8, 0));
}
