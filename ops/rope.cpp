#include "rope.h"

#include <algorithm>
#include <cmath>

#include "../autograd/record.h"
#include "../backends/rope.h"
#include "op.h"

namespace adora {
namespace {

Tensor rotated(const Tensor& x, const backends::Rotation& rotation) {
  Tensor y = empty_in_order_of(x);
  backends::rope(x, y, rotation);
  return record("rope", y, input(x, [=](const Tensor& g) {
                  backends::Rotation back = rotation;
                  back.inverse = !back.inverse;
                  return rotated(g, back);
                }));
}

std::vector<double> frequencies_of(const Tensor& x, const RopeOptions& options) {
  if (!options.frequencies.empty()) return options.frequencies;
  const auto half = static_cast<std::size_t>(x.size(-1) / 2);
  std::vector<double> frequencies(half);
  for (std::size_t i = 0; i < half; ++i)
    frequencies[i] = std::pow(options.theta, -static_cast<double>(i) / static_cast<double>(half));
  return frequencies;
}

}  // namespace

Tensor rope(const Tensor& x, const RopeOptions& options) {
  check_inputs("rope", {&x});
  const auto given = static_cast<std::int64_t>(options.frequencies.size());
  check(is_floating(x.dtype()) && x.ndim() >= 2 && (given > 0 || x.size(-1) % 2 == 0),
        "rope: {} must be floating, [..., tokens, head size] with an even head size", describe(x));
  check(2 * given <= x.size(-1), "rope: {} frequencies turn {} numbers, but rows of {} have fewer", given, 2 * given,
        describe(x));
  const bool finite = std::all_of(options.frequencies.begin(), options.frequencies.end(),
                                  [](double frequency) { return std::isfinite(frequency); });
  check(finite && std::isfinite(options.amplitude), "rope: the frequencies and the amplitude ({}) must be finite",
        options.amplitude);
  constexpr std::int64_t last = std::int64_t{1} << 53;  // up to there a position is a number of its own in a double
  check(options.theta > 0 && std::isfinite(options.theta) && options.start >= 0 && options.start <= last - x.size(-2),
        "rope: theta ({}) must be positive and finite, and the start ({}) in 0 … 2^53 less the tokens", options.theta,
        options.start);
  return rotated(x, {.frequencies = frequencies_of(x, options),
                     .amplitude = options.amplitude,
                     .start = options.start,
                     .interleaved = options.layout == RopeLayout::interleaved});
}
const Op rope_op{"rope"};

}  // namespace adora
