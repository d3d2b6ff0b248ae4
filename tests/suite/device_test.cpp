#include <cmath>

#include "cases.h"

using namespace adora;
using namespace adora::suite;

namespace {

/// A sample's output and gradients in one dtype, as numbers on the CPU.
std::vector<std::vector<double>> computed(const Case& c, DType dtype, Device device) {
  Sample there = c.sample;
  for (Tensor& x : there.inputs) {
    if (!x.defined()) continue;
    // Rounded beforehand, so that every dtype computes with the same numbers.
    x = to(is_floating(x.dtype()) ? to(to(x, bfloat16), float64) : x, device);
  }
  const Tensors inputs = inputs_as(there, dtype, InputLayout::contiguous, c.op->traits.recorded);
  const Tensor y = there.run(inputs);
  Tensors results{y};
  if (c.op->traits.recorded) {
    const Tensor upstream = to(to(to(upstream_for(y), cpu), bfloat16), y.dtype());
    for (const Tensor& g :
         grad({y}, leaves_of(there, inputs), {.allow_unused = true, .gradients = {to(upstream, y.device())}})) {
      results.push_back(g);
    }
  }
  std::vector<std::vector<double>> numbers;
  for (const Tensor& x : results)
    numbers.push_back(x.defined() ? to_vector<double>(to(x, cpu)) : std::vector<double>());
  return numbers;
}

/// Σ (found - expected)² / Σ expected²
double normalised_error(const std::vector<double>& found, const std::vector<double>& expected) {
  double error = 0, size = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i]))) continue;
    error += (found[i] - expected[i]) * (found[i] - expected[i]);
  }
  for (double value : expected) size += std::isfinite(value) ? value * value : 0;
  return error == 0 ? 0 : error / size;
}

}  // namespace

TEST_CASE("every op gives on each device what it gives on the CPU, gradients included") {
  for (auto [dtype, most] : {std::pair{float64, 1e-20}, std::pair{float32, 1e-7}, std::pair{bfloat16, 1e-4}}) {
    INFO(name(dtype));
    for_each_case([dtype = dtype, most = most](const Case& c) {
      if (c.device == cpu) return;
      const auto found = computed(c, dtype, c.device), expected = computed(c, dtype, cpu);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        check(found[i].size() == expected[i].size(), "result {} has {} numbers, not {}", i, found[i].size(),
              expected[i].size());
        const double error = normalised_error(found[i], expected[i]);
        // Ops that need wider tolerances say why.
        check(error <= most * (c.op->traits.slack > 0 ? 4 : 1),
              "result {} differs by a normalised mean square of {:.2g}", i, error);
      }
    });
  }
}
