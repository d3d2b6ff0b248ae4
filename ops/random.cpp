#include "random.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "../autograd/grad_mode.h"
#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "literal.h"
#include "truth.h"

namespace adora {

Generator& default_generator() {
  thread_local Generator generator(0);
  return generator;
}
void manual_seed(std::uint64_t seed) { default_generator() = Generator(seed); }

Tensor rand(const Shape& shape, Generator& generator, DType dtype, Device device) {
  numel(shape, "rand");
  check(is_floating(dtype), "rand: draws floating numbers, not {}", name(dtype));
  return uniform(shape, 0, 1, generator, dtype, device);
}
Tensor randn(const Shape& shape, Generator& generator, DType dtype, Device device) {
  numel(shape, "randn");
  check(is_floating(dtype), "randn: draws floating numbers, not {}", name(dtype));
  return normal(shape, 0, 1, generator, dtype, device);
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Generator& generator, DType dtype,
               Device device) {
  numel(shape, "randint");
  const std::uint64_t count = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  check(low < high && count <= std::uint64_t{1} << 53,
        "randint: there is nothing to draw from {} to below {}; they must be 1 to 2^53 numbers, the lower bound first",
        low, high);
  detail::check_holds("randint", dtype, low);
  detail::check_holds("randint", dtype, high - 1);
  NoGrad no_grad;
  // A number of 53 bits below 1 times the count stays below the count, also when it is rounded; whole numbers are cut.
  const Tensor places = to(uniform(shape, 0, 1, generator, float64, device) * static_cast<double>(count), int64);
  return to(places + tensor(low, device), dtype);
}

Tensor randperm(std::int64_t n, Generator& generator, DType dtype, Device device) {
  check(n >= 0, "randperm: there can't be {} numbers", n);
  if (n > 0) detail::check_holds("randperm", dtype, n - 1);
  const Tensor order = empty({n}, int64, cpu);
  std::int64_t* to_draw = order.data<std::int64_t>();
  std::iota(to_draw, to_draw + n, 0);
  // Fisher and Yates' shuffle, as Durstenfeld has it (Algorithm 235, 1964).
  for (std::int64_t i = n; i > 1; --i)
    std::swap(to_draw[i - 1], to_draw[generator.below(static_cast<std::uint64_t>(i))]);
  return to(to(order, dtype), device);
}

Tensor rand_like(const Tensor& x, Generator& generator) {
  check_inputs("rand_like", {&x});
  return rand(x.shape(), generator, x.dtype(), x.device());
}
Tensor randn_like(const Tensor& x, Generator& generator) {
  check_inputs("randn_like", {&x});
  return randn(x.shape(), generator, x.dtype(), x.device());
}
Tensor randint_like(const Tensor& x, std::int64_t low, std::int64_t high, Generator& generator) {
  check_inputs("randint_like", {&x});
  return randint(low, high, x.shape(), generator, x.dtype(), x.device());
}

Tensor bernoulli(const Tensor& p, Generator& generator) {
  check_inputs("bernoulli", {&p});
  check(is_floating(p.dtype()), "bernoulli: probabilities are floating numbers, not {}", describe(p));
  NoGrad no_grad;
  const Tensor wide = to(p, p.dtype() == float64 ? float64 : float32);
  check(p.device() == meta || all(less_equal(wide, 1), {}).item() * all(greater_equal(wide, 0)).item() != 0,
        "bernoulli: a probability of {} does not lie between 0 and 1", describe(p));
  return to(less(rand_like(wide, generator), wide), p.dtype());
}

namespace {

/// Draws `count` of the weights with replacement: the first whose running sum exceeds a number below the sum of all.
void draw_again(std::span<const double> weights, std::span<std::int64_t> places, Generator& generator) {
  std::vector<double> sums(weights.size());
  std::partial_sum(weights.begin(), weights.end(), sums.begin());
  for (std::int64_t& place : places) {
    const double at = generator.uniform() * sums.back();
    // The sum may not have changed by the last weights, or `at` was rounded up to it: then the last that changed it.
    auto found = std::upper_bound(sums.begin(), sums.end(), at);
    if (found == sums.end()) found = std::lower_bound(sums.begin(), sums.end(), sums.back());
    place = found - sums.begin();
  }
}

/// Without replacement: those with the smallest of exponentially distributed numbers with the weights for rates come
/// first (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006).
void draw_once(std::span<const double> weights, std::span<std::int64_t> places, Generator& generator) {
  std::vector<std::pair<double, std::int64_t>> times;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double time = -std::log1p(-generator.uniform());
    if (weights[i] > 0) times.emplace_back(time / weights[i], static_cast<std::int64_t>(i));
  }
  const auto end = times.begin() + static_cast<std::ptrdiff_t>(places.size());
  std::partial_sort(times.begin(), end, times.end());
  std::transform(times.begin(), end, places.begin(), [](const auto& drawn) { return drawn.second; });
}

}  // namespace

Tensor multinomial(const Tensor& weights, std::int64_t count, bool replacement, Generator& generator) {
  check_inputs("multinomial", {&weights});
  check(is_floating(weights.dtype()) && (weights.ndim() == 1 || weights.ndim() == 2),
        "multinomial: the weights are {}; they must be floating, [categories] or [rows, categories]",
        describe(weights));
  check(count > 0, "multinomial: {} places can't be drawn", count);
  const std::int64_t categories = weights.size(-1), rows = weights.ndim() == 2 ? weights.size(0) : 1;
  check(replacement || count <= categories, "multinomial: {} of {} categories can't be drawn without replacement",
        count, categories);
  const std::vector<double> all = to_vector<double>(weights);
  const Tensor places = empty(weights.ndim() == 2 ? Shape{rows, count} : Shape{count}, int64, cpu);
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::span row =
        std::span(all).subspan(static_cast<std::size_t>(r * categories), static_cast<std::size_t>(categories));
    double sum = 0;
    std::int64_t possible = 0;
    for (double weight : row) {
      check(weight >= 0 && std::isfinite(weight), "multinomial: a weight is {}; they must be finite and not negative",
            weight);
      sum += weight, possible += weight > 0;
    }
    check(sum > 0 && std::isfinite(sum), "multinomial: the weights of row {} sum to {}; there is nothing to draw", r,
          sum);
    check(replacement || count <= possible,
          "multinomial: {} places are to be drawn without replacement, and only {} of row {} have a weight", count,
          possible, r);
    const std::span drawn(places.data<std::int64_t>() + r * count, static_cast<std::size_t>(count));
    (replacement ? draw_again : draw_once)(row, drawn, generator);
  }
  return to(places, weights.device());
}

Tensor rand(const Shape& shape, DType dtype, Device device) { return rand(shape, default_generator(), dtype, device); }
Tensor randn(const Shape& shape, DType dtype, Device device) {
  return randn(shape, default_generator(), dtype, device);
}
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, DType dtype, Device device) {
  return randint(low, high, shape, default_generator(), dtype, device);
}
Tensor randint(std::int64_t high, const Shape& shape, DType dtype, Device device) {
  return randint(0, high, shape, default_generator(), dtype, device);
}
Tensor randint(std::int64_t high, const Shape& shape, Generator& generator, DType dtype, Device device) {
  return randint(0, high, shape, generator, dtype, device);
}
Tensor randperm(std::int64_t n, DType dtype, Device device) { return randperm(n, default_generator(), dtype, device); }
Tensor rand_like(const Tensor& x) { return rand_like(x, default_generator()); }
Tensor randn_like(const Tensor& x) { return randn_like(x, default_generator()); }
Tensor randint_like(const Tensor& x, std::int64_t low, std::int64_t high) {
  return randint_like(x, low, high, default_generator());
}
Tensor bernoulli(const Tensor& p) { return bernoulli(p, default_generator()); }
Tensor multinomial(const Tensor& weights, std::int64_t count, bool replacement) {
  return multinomial(weights, count, replacement, default_generator());
}

}  // namespace adora
