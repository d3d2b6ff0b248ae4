#include "init.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "../../autograd/grad_mode.h"
#include "../../core/printable.h"
#include "../../ops/creation.h"

namespace adora {
namespace {

void check_tensor(const char* function, const Tensor& x, int dims = 0) {
  check(x.defined() && is_floating(x.dtype()), "{}: {} must be a floating tensor", function, describe(x));
  check(x.ndim() >= dims, "{}: {} must have {} dimensions or more, [out, in, …]", function, describe(x), dims);
}

void check_gain(const char* function, double gain) {
  check(std::isfinite(gain) && gain >= 0, "{}: the gain must be a finite number of 0 or more, not {}", function, gain);
}

struct Fans {
  double in, out;
};

Fans fans(const Tensor& x) {
  double field = 1;
  for (int d = 2; d < x.ndim(); ++d) field *= static_cast<double>(x.size(d));
  return {static_cast<double>(x.size(1)) * field, static_cast<double>(x.size(0)) * field};
}

DType drawn_dtype(const Tensor& x) { return x.dtype() == float64 ? float64 : float32; }

void write(const Tensor& x, const Tensor& numbers) {
  NoGrad no_grad;
  copy_(x, to(to(numbers, x.dtype()), x.device()));
}

void draw_uniform(const Tensor& x, Generator& generator, double bound) {
  write(x, uniform(x.shape(), -bound, bound, generator, drawn_dtype(x), x.device()));
}
void draw_normal(const Tensor& x, Generator& generator, double deviation) {
  write(x, normal(x.shape(), 0, deviation, generator, drawn_dtype(x), x.device()));
}

double xavier_deviation(const char* function, const Tensor& x, double gain) {
  check_tensor(function, x, 2), check_gain(function, gain);
  const Fans f = fans(x);
  return f.in + f.out > 0 ? gain * std::sqrt(2 / (f.in + f.out)) : 0;
}

double kaiming_deviation(const char* function, const Tensor& x, const KaimingOptions& options) {
  check_tensor(function, x, 2);
  check(std::isfinite(options.a), "{}: the slope must be finite, not {}", function, options.a);
  const double fan = options.mode == Fan::in ? fans(x).in : fans(x).out;
  const double gain = calculate_gain(options.nonlinearity, options.a);
  return fan > 0 ? gain / std::sqrt(fan) : 0;
}

/// The number whose distribution function, of normal numbers, is p in (0, 1): Newton's method on erfc, which keeps the
/// digits of small p, from the side on which it converges.
double normal_quantile(double p) {
  if (p > 0.5) return -normal_quantile(1 - p);
  // The tail's asymptote, which lies beyond the root.
  double x = p < 0.02 ? -std::sqrt(-2 * std::log(p)) : 0;
  for (int i = 0; i < 60; ++i) {
    const double value = 0.5 * std::erfc(-x / std::numbers::sqrt2);
    const double slope = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
    // In the logarithm, which is concave and nearly a parabola.
    const double step = (std::log(value) - std::log(p)) * value / slope;
    x -= step;
    if (std::abs(step) <= 1e-15 * std::abs(x)) break;
  }
  return x;
}

}  // namespace

void constant_(const Tensor& x, double value) {
  check_tensor("constant_", x);
  NoGrad no_grad;
  fill_(x, value);
}

void uniform_(const Tensor& x, Generator& generator, double low, double high) {
  check_tensor("uniform_", x);
  write(x, uniform(x.shape(), low, high, generator, drawn_dtype(x), x.device()));
}

void normal_(const Tensor& x, Generator& generator, double mean, double deviation) {
  check_tensor("normal_", x);
  write(x, normal(x.shape(), mean, deviation, generator, drawn_dtype(x), x.device()));
}

void trunc_normal_(const Tensor& x, Generator& generator, double mean, double deviation, double low, double high) {
  check_tensor("trunc_normal_", x);
  check(std::isfinite(mean) && std::isfinite(deviation) && deviation > 0,
        "trunc_normal_: mean {} and deviation {} must be finite, and the deviation positive", mean, deviation);
  check(std::isfinite(low) && std::isfinite(high) && low < high, "trunc_normal_: there is nothing from {} to {}", low,
        high);
  // Mirrored where most of it lies above, so that tails keep their digits.
  const double sign = (low + high) / 2 > mean ? -1 : 1;
  const double from = sign > 0 ? low : 2 * mean - high, to = sign > 0 ? high : 2 * mean - low;
  const auto share_below = [&](double at) { return 0.5 * std::erfc((mean - at) / deviation / std::numbers::sqrt2); };
  const double least = share_below(from), most = share_below(to);
  check(least < most, "trunc_normal_: no number of mean {} and deviation {} lies from {} to {}", mean, deviation, low,
        high);
  std::vector<double> numbers = to_vector<double>(uniform(x.shape(), 0, 1, generator, float64, cpu));
  for (double& number : numbers) {
    const double p = std::max(least + (most - least) * number, std::numeric_limits<double>::min());
    const double value = mean + deviation * normal_quantile(p);
    number = std::clamp(sign > 0 ? value : 2 * mean - value, low, high);
  }
  write(x, tensor(numbers, x.shape(), cpu));
}

void xavier_uniform_(const Tensor& x, Generator& generator, double gain) {
  const double deviation = xavier_deviation("xavier_uniform_", x, gain);
  draw_uniform(x, generator, std::numbers::sqrt3 * deviation);
}

void xavier_normal_(const Tensor& x, Generator& generator, double gain) {
  const double deviation = xavier_deviation("xavier_normal_", x, gain);
  draw_normal(x, generator, deviation);
}

void kaiming_uniform_(const Tensor& x, Generator& generator, KaimingOptions options) {
  const double deviation = kaiming_deviation("kaiming_uniform_", x, options);
  draw_uniform(x, generator, std::numbers::sqrt3 * deviation);
}

void kaiming_normal_(const Tensor& x, Generator& generator, KaimingOptions options) {
  const double deviation = kaiming_deviation("kaiming_normal_", x, options);
  draw_normal(x, generator, deviation);
}

void orthogonal_(const Tensor& x, Generator& generator, double gain) {
  check_tensor("orthogonal_", x, 2), check_gain("orthogonal_", gain);
  const std::size_t rows = static_cast<std::size_t>(x.size(0));
  const std::size_t columns = rows == 0 ? 0 : static_cast<std::size_t>(x.numel()) / rows;
  if (rows == 0 || columns == 0) return;
  // The longer side is a vector's, of which there are as many as the shorter has.
  const std::size_t count = std::min(rows, columns), length = std::max(rows, columns);
  std::vector<double> numbers = to_vector<double>(
      normal({static_cast<std::int64_t>(count), static_cast<std::int64_t>(length)}, 0, 1, generator, float64, cpu));
  const auto product = [&](std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::size_t k = 0; k < length; ++k) sum += numbers[a * length + k] * numbers[b * length + k];
    return sum;
  };
  // Gram and Schmidt's method, twice: what rounding leaves of the others the first time is gone after the second. It
  // keeps the directions' signs, so that all orthogonal matrices are equally likely (Mezzadri, "How to generate random
  // matrices from the classical compact groups", 2007).
  for (std::size_t i = 0; i < count; ++i) {
    for (int time = 0; time < 2; ++time) {
      for (std::size_t j = 0; j < i; ++j) {
        const double share = product(i, j);
        for (std::size_t k = 0; k < length; ++k) numbers[i * length + k] -= share * numbers[j * length + k];
      }
      const double norm = std::sqrt(product(i, i));
      for (std::size_t k = 0; k < length; ++k) numbers[i * length + k] /= norm;
    }
  }
  std::vector<double> matrix(rows * columns);
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t k = 0; k < length; ++k)
      matrix[rows > columns ? k * columns + i : i * columns + k] = gain * numbers[i * length + k];
  write(x, tensor(matrix, x.shape(), cpu));
}

double calculate_gain(std::string_view nonlinearity, double negative_slope) {
  check(std::isfinite(negative_slope), "calculate_gain: the slope must be finite, not {}", negative_slope);
  if (nonlinearity == "tanh") return 5.0 / 3;
  if (nonlinearity == "relu") return std::numbers::sqrt2;
  if (nonlinearity == "leaky_relu") return std::sqrt(2 / (1 + negative_slope * negative_slope));
  if (nonlinearity == "selu") return 0.75;
  for (const std::string_view plain :
       {"linear", "sigmoid", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"})
    if (nonlinearity == plain) return 1;
  fail("calculate_gain: '{}' is not known; it is linear, sigmoid, tanh, relu, leaky_relu, selu or a convolution's name",
       shortened(nonlinearity));
}

}  // namespace adora
