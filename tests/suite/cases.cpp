#include "cases.h"

#include <cmath>

namespace adora::suite {

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> result;
    for (const Op* op : Op::all()) {
      Generator generator(20240214);
      for (Sample& sample : op->samples(generator)) result.push_back({op, std::move(sample)});
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
    if (x.defined()) x = laid_out(x, layout);
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

void for_each_case(const std::function<void(const Case&)>& f) {
  for (const Case& c : cases()) {
    std::string problem;
    try {
      f(c);
    } catch (const std::exception& e) {
      problem = e.what();
    }
    INFO(c.name());
    CHECK(problem == "");
  }
}

void expect_close(const char* what, const Tensor& found, const Tensor& expected, double tolerance, double floor) {
  check(found.shape() == expected.shape(), "{} has the shape {}, not {}", what, to_string(found.shape()),
        to_string(expected.shape()));
  const std::vector<double> a = to_vector<double>(found), b = to_vector<double>(expected);
  double largest = floor;
  for (double value : b) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < a.size(); ++i) {
    check(std::abs(a[i] - b[i]) <= tolerance * (std::abs(b[i]) + largest), "{}: element {} is {}, not {}", what, i,
          a[i], b[i]);
  }
}

}  // namespace adora::suite
