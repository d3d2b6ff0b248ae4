#include "cases.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "../devices.h"

namespace adora::suite {

std::uint64_t seed() {
  static const std::uint64_t chosen = [] {
    const char* variable = std::getenv("ADORA_SUITE_SEED");
    const std::uint64_t value = variable ? std::strtoull(variable, nullptr, 10) : 20240214;
    std::printf("shapes, numbers and layouts are drawn from ADORA_SUITE_SEED=%llu\n",
                static_cast<unsigned long long>(value));
    return value;
  }();
  return chosen;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> result;
    for (const Device& device : test_devices()) {
      for (const Op* op : Op::all()) {
        if (device.type == DeviceType::cuda && !op->traits.cuda) continue;
        Generator generator(seed());
        for (Sample& sample : Samples::of(*op, generator)) {
          for (Tensor& x : sample.inputs) {
            if (x.defined()) x = to(x, device);
          }
          result.push_back({op, std::move(sample), device});
        }
      }
    }
    return result;
  }();
  return all;
}

std::vector<bool> differentiable(const Sample& sample) {
  std::vector<bool> result = sample.differentiable;
  for (std::size_t i = result.size(); i < sample.inputs.size(); ++i) {
    result.push_back(sample.inputs[i].defined() && is_floating(sample.inputs[i].dtype()));
  }
  return result;
}

Tensors inputs_as(const Sample& sample, DType dtype, InputLayout layout, bool want_grad) {
  const std::vector<bool> wanted = differentiable(sample);
  Tensors inputs;
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
    Tensor x = sample.inputs[i];
    if (x.defined() && is_floating(x.dtype())) x = to(x, dtype);
    if (x.defined()) x = laid_out(x, layout, seed() + i);
    inputs.push_back(want_grad && wanted[i] ? requires_grad(x) : x);
  }
  return inputs;
}

Tensors leaves_of(const Sample& sample, const Tensors& inputs) {
  const std::vector<bool> wanted = differentiable(sample);
  Tensors leaves;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (wanted[i]) leaves.push_back(inputs[i]);
  }
  return leaves;
}

Tensor upstream_for(const Tensor& y) {
  Generator generator(11);
  return to(to(uniform(y.shape(), 0.5, 1.5, generator, float64), y.dtype()), y.device());
}

namespace {
void for_each(bool unrecorded, const std::function<void(const Case&)>& f) {
  for (const Case& c : cases()) {
    if (!c.op->traits.recorded && !unrecorded) continue;
    std::string problem;
    try {
      f(c);
    } catch (const std::exception& e) {
      problem = e.what();
    }
    INFO(c.name() << ", seed " << seed());
    CHECK(problem == "");
  }
}
}  // namespace

void for_each_case(const std::function<void(const Case&)>& f) { for_each(true, f); }
void for_each_recorded_case(const std::function<void(const Case&)>& f) { for_each(false, f); }

void expect_close(const char* what, const Tensor& found, const Tensor& expected) {
  check(found.shape() == expected.shape(), "{} has the shape {}, not {}", what, to_string(found.shape()),
        to_string(expected.shape()));
  const std::vector<double> a = to_vector<double>(to(found, cpu)), b = to_vector<double>(to(expected, cpu));
  double largest = 1;  // of which order the samples' numbers are
  for (double value : b) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < a.size(); ++i) {
    check(std::abs(a[i] - b[i]) <= 1e-12 * largest, "{}: element {} is {}, not {}", what, i, a[i], b[i]);
  }
}

}  // namespace adora::suite
