#include "rounding.h"

using namespace adora;
using namespace adora::suite;

TEST_CASE("every op gives on each device what it gives on the CPU, gradients included") {
  for_each_case([](const Case& c) {
    if (c.device == cpu) return;
    Case there = c;
    there.device = cpu;
    for (Tensor& x : there.sample.inputs) {
      if (x.defined()) x = to(x, cpu);
    }
    const std::vector<Truth> truths = truths_of(there, bfloat16);
    for (DType dtype : {float64, float32, bfloat16}) {
      expect_true(results_of(c, dtype, bfloat16), truths, dtype, units_allowed(c, dtype));
    }
  });
}
