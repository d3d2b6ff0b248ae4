#include "cases.h"

using namespace adora;
using namespace adora::suite;

namespace {

struct Results {
  Tensor y;
  Tensors gradients;
};

/// A case's output and gradients in one dtype, its inputs first rounded to another.
Results computed(const Case& c, DType dtype, DType rounded_to, InputLayout layout = InputLayout::contiguous) {
  Sample rounded = c.sample;
  for (Tensor& x : rounded.inputs) {
    if (x.defined() && is_floating(x.dtype())) x = to(to(x, rounded_to), float64);
  }
  const Tensors inputs = inputs_as(rounded, dtype, layout, c.op->traits.recorded);
  Results results;
  results.y = c.sample.run(inputs);
  if (!c.op->traits.recorded) return results;
  results.gradients =
      grad({results.y}, leaves_of(c.sample, inputs),
           {.allow_unused = true, .gradients = {to(to(upstream_for(results.y), rounded_to), results.y.dtype())}});
  return results;
}

void expect_same(const Case& c, const Results& found, const Results& expected, Tolerance tolerance) {
  tolerance.slack = c.op->traits.slack;
  // A GPU rounds the factors of a product to the half type where one of them is of it.
  if (c.device != cpu && tolerance.relative >= 1e-3) tolerance.slack += 1;
  expect_close("the output", found.y, expected.y, tolerance);
  for (std::size_t i = 0; i < found.gradients.size(); ++i) {
    if (expected.gradients[i].defined())
      expect_close("a gradient", found.gradients[i], expected.gradients[i], tolerance);
  }
}

}  // namespace

TEST_CASE("an op that asks for wider tolerances says why") {
  for (const Op* op : Op::all()) {
    INFO(op->name);
    CHECK(op->traits.slack >= 0);
    CHECK((op->traits.slack > 0) == (op->traits.why[0] != 0));
  }
}

TEST_CASE("every op gives in float32, float16 and bfloat16 what it gives in float64, gradients included") {
  for (DType dtype : {float32, float16, bfloat16}) {
    INFO(name(dtype));
    for_each_case([dtype](const Case& c) {
      const Results found = computed(c, dtype, dtype);
      // Of a half type, losses and lengths are float32.
      check(
          found.y.dtype() == dtype || found.y.dtype() == float32 || !is_floating(found.y.dtype()) || c.op->name == "to",
          "gave {}", describe(found.y));
      expect_same(c, found, computed(c, float64, dtype), tolerance_of(dtype));
    });
  }
}

TEST_CASE("every op gives the same for inputs in every layout, in every dtype") {
  for_each_case([](const Case& c) {
    for (auto [dtype, tolerance] :
         {std::pair{float64, Tolerance{1e-13, 1e-13}}, {float32, {1e-6, 1e-6}}, {bfloat16, {8e-3, 8e-3}}}) {
      const Results expected = computed(c, dtype, bfloat16);
      for (InputLayout layout : {InputLayout::transposed, InputLayout::sliced, InputLayout::drawn}) {
        expect_same(c, computed(c, dtype, bfloat16, layout), expected, tolerance);
      }
    }
  });
}

TEST_CASE("every op gives the right shapes on the shape-only device") {
  for_each_case([](const Case& c) {
    const Results expected = computed(c, float32, float32);
    Tensors inputs;
    const std::vector<bool> wanted = differentiable(c.sample);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const Tensor& x = c.sample.inputs[i];
      Tensor shape_only = x.defined() ? empty(x.shape(), is_floating(x.dtype()) ? float32 : x.dtype(), meta) : x;
      inputs.push_back(wanted[i] && c.op->traits.recorded ? requires_grad(shape_only) : shape_only);
    }
    const Tensor y = c.sample.run(inputs);
    check(y.device() == meta && y.shape() == expected.y.shape() && y.dtype() == expected.y.dtype(),
          "gave {}, not {} {} on meta", describe(y), name(expected.y.dtype()), to_string(expected.y.shape()));
    if (!c.op->traits.recorded) return;
    const Tensors gradients = grad({y}, leaves_of(c.sample, inputs),
                                   {.allow_unused = true, .gradients = {empty(y.shape(), y.dtype(), meta)}});
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      check(gradients[i].defined() == expected.gradients[i].defined(), "gradient {} is there only sometimes", i);
    }
  });
}
