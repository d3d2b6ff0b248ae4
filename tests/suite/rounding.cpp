#include "rounding.h"

#include <cmath>

namespace adora::suite {
namespace {

/// By which part of itself each number is changed: large against float64's rounding, and small enough for a response in
/// proportion.
constexpr double change = 0x1p-30;
/// One draw may by chance leave an element where it is; six don't.
constexpr int draws = 6;
/// Where a change makes a result jump, as at a tie, there is no response to speak of.
constexpr double most_response = 1000;

Sample rounded(const Sample& sample, DType dtype) {
  Sample result = sample;
  for (Tensor& x : result.inputs) {
    if (x.defined() && is_floating(x.dtype())) x = to(to(x, dtype), float64);
  }
  return result;
}

/// Each number changed by a random part of itself, of half of `change` to the whole, up or down.
Tensor changed(const Tensor& x, Generator& generator) {
  std::vector<double> numbers = to_vector<double>(to(x, cpu));
  for (double& number : numbers) {
    const double part = 2 * generator.uniform() - 1;
    number *= 1 + change * (part < 0 ? part - 1 : part + 1) / 2;
  }
  return tensor(numbers, x.shape(), x.device());
}

Tensors computed(const Case& c, const Sample& sample, DType dtype, InputLayout layout, DType rounded_to,
                 Generator* changes) {
  const Tensors inputs = inputs_as(sample, dtype, layout, c.op->traits.recorded);
  Tensors results{sample.run(inputs)};
  if (!c.op->traits.recorded) return results;
  Tensor upstream = to(to(upstream_for(results[0]), rounded_to), results[0].dtype());
  if (changes) upstream = changed(upstream, *changes);
  for (const Tensor& g :
       gradients({results[0]}, leaves_of(sample, inputs), {.allow_unused = true, .gradients = {upstream}})) {
    results.push_back(g);
  }
  return results;
}

std::vector<double> numbers_of(const Tensor& x) {
  return x.defined() ? to_vector<double>(to(x.detach(), cpu)) : std::vector<double>();
}

}  // namespace

Tensors results_of(const Case& c, DType dtype, DType rounded_to, InputLayout layout) {
  return computed(c, rounded(c.sample, rounded_to), dtype, layout, rounded_to, nullptr);
}

std::vector<Truth> truths_of(const Case& c, DType rounded_to) {
  const Sample sample = rounded(c.sample, rounded_to);
  std::vector<Truth> truths;
  for (const Tensor& x : computed(c, sample, float64, InputLayout::contiguous, rounded_to, nullptr)) {
    Truth truth{x.defined() ? to(x.detach(), cpu) : Tensor(), numbers_of(x)};
    double largest = sample.terms;
    for (double& size : truth.sizes) {
      size = std::isfinite(size) ? std::abs(size) : 0;
      largest = std::max(largest, size);
    }
    for (double& size : truth.sizes) size = std::max(size, largest / 4);
    truths.push_back(std::move(truth));
  }
  Generator generator(seed());
  for (int draw = 0; draw < draws; ++draw) {
    Sample moved = sample;
    for (Tensor& x : moved.inputs) {
      if (x.defined() && is_floating(x.dtype())) x = changed(x, generator);
    }
    const Tensors results = computed(c, moved, float64, InputLayout::contiguous, rounded_to, &generator);
    for (std::size_t k = 0; k < truths.size(); ++k) {
      const std::vector<double> before = numbers_of(truths[k].values), after = numbers_of(results[k]);
      for (std::size_t i = 0; i < before.size(); ++i) {
        const double response = std::abs(after[i] - before[i]) / change;
        double& size = truths[k].sizes[i];
        if (std::isfinite(response)) size = std::max(size, std::min(response, most_response));
      }
    }
  }
  return truths;
}

double units_allowed(const Case& c, DType dtype) {
  const bool half = dtype == float16 || dtype == bfloat16;
  // A GPU rounds the factors of a product to the half type where one of them is of it.
  return (half ? 6 : 32) * (half && c.device != cpu ? 2 : 1);
}

void expect_true(const Tensors& found, const std::vector<Truth>& truths, DType dtype, double units) {
  const double unit = dtype == float64 ? 0x1p-53 : dtype == float32 ? 0x1p-24 : dtype == float16 ? 0x1p-11 : 0x1p-8;
  for (std::size_t k = 0; k < truths.size(); ++k) {
    if (!truths[k].values.defined()) continue;
    const std::string what = k == 0 ? "the output" : "gradient " + std::to_string(k - 1);
    check(found[k].defined() && found[k].shape() == truths[k].values.shape(), "{} has another shape", what);
    const std::vector<double> a = numbers_of(found[k]), b = numbers_of(truths[k].values);
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
      const double off = std::abs(a[i] - b[i]) / (unit * truths[k].sizes[i]);
      check(off <= units, "{}: element {} is {}, not {}: {:.1f} units of rounding off, of a size of {}", what, i, a[i],
            b[i], off, truths[k].sizes[i]);
    }
  }
}

}  // namespace adora::suite
