#include <set>

#include "rounding.h"

using namespace adora;
using namespace adora::suite;

TEST_CASE("every op gives in float32, float16 and bfloat16 what it gives in float64, gradients included") {
  for (DType dtype : {float32, float16, bfloat16}) {
    INFO(name(dtype));
    for_each_case([dtype](const Case& c) {
      if (!takes(c, dtype)) return;
      const Tensors found = results_of(c, dtype, dtype);
      // Of a half type, losses and lengths are float32.
      check(found[0].dtype() == dtype || found[0].dtype() == float32 || !is_floating(found[0].dtype()) ||
                c.op->name == "to",
            "gave {}", describe(found[0]));
      expect_true(found, truths_of(c, dtype), dtype, units_allowed(c, dtype));
    });
  }
}

TEST_CASE("an op that takes no half types says so under its own name, with the way out") {
  for_each_case([](const Case& c) {
    for (DType dtype : {float16, bfloat16}) {
      if (takes(c, dtype)) continue;
      std::string refusal;
      try {
        c.sample.run(inputs_as(c.sample, dtype));
      } catch (const Error& e) {
        refusal = e.what();
      }
      check(refusal.starts_with(c.op->name) && refusal.find("to(x, float32)") != std::string::npos,
            "wanted a refusal; got: {}", refusal);
    }
  });
}

TEST_CASE("every op gives the same for inputs in every layout, in every dtype") {
  for_each_case([](const Case& c) {
    const std::vector<Truth> truths = truths_of(c, bfloat16);
    for (DType dtype : {float64, float32, bfloat16}) {
      if (!takes(c, dtype)) continue;
      for (InputLayout layout : {InputLayout::transposed, InputLayout::sliced, InputLayout::drawn}) {
        expect_true(results_of(c, dtype, bfloat16, layout), truths, dtype, units_allowed(c, dtype));
      }
    }
  });
}

TEST_CASE("every op gives the right shapes on the shape-only device") {
  // These need the numbers to tell how large their results are.
  const std::set<std::string> of_numbers{"masked_select", "nonzero"};
  for_each_case([&](const Case& c) {
    if (of_numbers.contains(c.op->name)) return;
    const Tensors expected = results_of(c, float32, float32);
    Tensors inputs;
    const std::vector<bool> wanted = differentiable(c.sample);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const Tensor& x = c.sample.inputs[i];
      Tensor shape_only = x.defined() ? empty(x.shape(), is_floating(x.dtype()) ? float32 : x.dtype(), meta) : x;
      inputs.push_back(wanted[i] && c.op->traits.recorded ? requires_grad(shape_only) : shape_only);
    }
    const Tensor y = c.sample.run(inputs);
    check(y.device() == meta && y.shape() == expected[0].shape() && y.dtype() == expected[0].dtype(),
          "gave {}, not {} {} on meta", describe(y), name(expected[0].dtype()), to_string(expected[0].shape()));
    if (!c.op->traits.recorded) return;
    const Tensors found = gradients({y}, leaves_of(c.sample, inputs),
                                    {.allow_unused = true, .gradients = {empty(y.shape(), y.dtype(), meta)}});
    for (std::size_t i = 0; i < found.size(); ++i) {
      check(found[i].defined() == expected[i + 1].defined(), "gradient {} is there only sometimes", i);
    }
  });
}
