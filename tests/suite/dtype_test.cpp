#include "cases.h"

using namespace adora;
using namespace adora::suite;

namespace {

struct Results {
  Tensor y;
  Tensors gradients;
};

/// A sample's output and gradients in one dtype, its inputs first rounded to another.
Results computed(const Sample& sample, DType dtype, DType rounded_to, InputLayout layout = InputLayout::contiguous) {
  Sample rounded = sample;
  for (Tensor& x : rounded.inputs) {
    if (x.defined() && is_floating(x.dtype())) x = to(to(x, rounded_to), float64);
  }
  const Tensors inputs = inputs_as(rounded, dtype, layout, true);
  Results results;
  results.y = sample.run(inputs);
  results.gradients =
      grad({results.y}, leaves_of(sample, inputs),
           {.allow_unused = true, .gradients = {to(to(upstream_for(results.y), rounded_to), results.y.dtype())}});
  return results;
}

void expect_same(const Results& found, const Results& expected, double forward, double backward, double floor) {
  expect_close("the output", found.y, expected.y, forward, floor);
  for (std::size_t i = 0; i < found.gradients.size(); ++i) {
    if (expected.gradients[i].defined())
      expect_close("a gradient", found.gradients[i], expected.gradients[i], backward, floor);
  }
}

}  // namespace

TEST_CASE("every op gives in float32 what it gives in float64, gradients included") {
  for_each_case([](const Case& c) {
    const Results expected = computed(c.sample, float64, float32);
    const Results found = computed(c.sample, float32, float32);
    check(found.y.dtype() == float32 || c.op->name == "to", "float32 inputs gave {}", describe(found.y));
    expect_same(found, expected, 3e-6, 3e-5, 0.01);
  });
}

TEST_CASE("every op gives in bfloat16 and float16 what it gives in float64, gradients included") {
  for (auto [dtype, tolerance] : {std::pair{bfloat16, 1.6e-2}, std::pair{float16, 2e-3}}) {
    INFO(name(dtype));
    for_each_case([dtype = dtype, tolerance = tolerance](const Case& c) {
      expect_same(computed(c.sample, dtype, dtype), computed(c.sample, float64, dtype), tolerance, 2 * tolerance, 1);
    });
  }
}

TEST_CASE("every op gives the same for inputs in every layout, in every dtype") {
  for_each_case([](const Case& c) {
    for (auto [dtype, tolerance] : {std::pair{float64, 1e-13}, std::pair{float32, 1e-6}, std::pair{bfloat16, 8e-3}}) {
      const Results expected = computed(c.sample, dtype, bfloat16);
      for (InputLayout layout : {InputLayout::transposed, InputLayout::sliced}) {
        expect_same(computed(c.sample, dtype, bfloat16, layout), expected, tolerance, 4 * tolerance, 1);
      }
    }
  });
}

TEST_CASE("every op gives the right shapes on the shape-only device") {
  for_each_case([](const Case& c) {
    const Results expected = computed(c.sample, float32, float32);
    Tensors inputs;
    const std::vector<bool> wanted = differentiable(c.sample);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const Tensor& x = c.sample.inputs[i];
      Tensor shape_only = x.defined() ? empty(x.shape(), is_floating(x.dtype()) ? float32 : x.dtype(), meta) : x;
      inputs.push_back(wanted[i] ? requires_grad(shape_only) : shape_only);
    }
    const Tensor y = c.sample.run(inputs);
    check(y.device() == meta && y.shape() == expected.y.shape() && y.dtype() == expected.y.dtype(),
          "gave {}, not {} {} on meta", describe(y), name(expected.y.dtype()), to_string(expected.y.shape()));
    const Tensors gradients = grad({y}, leaves_of(c.sample, inputs),
                                   {.allow_unused = true, .gradients = {empty(y.shape(), y.dtype(), meta)}});
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      check(gradients[i].defined() == expected.gradients[i].defined(), "gradient {} is there only sometimes", i);
    }
  });
}
