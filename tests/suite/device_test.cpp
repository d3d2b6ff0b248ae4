#include "../devices.h"
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
      if (!takes(c, dtype)) continue;
      expect_true(results_of(c, dtype, bfloat16), truths, dtype, units_allowed(c, dtype));
    }
  });
}

TEST_CASE("an op without kernels for a GPU says so there under its own name, with the way out") {
  for (const Device& device : test_devices()) {
    if (device.type != DeviceType::cuda) continue;
    for (const Op* op : Op::all()) {
      if (op->traits.cuda) continue;
      Generator generator(seed());
      for (const Sample& sample : Samples::of(*op, generator)) {
        std::string refusal;
        try {
          Tensors inputs;
          for (const Tensor& x : sample.inputs) inputs.push_back(x.defined() ? to(x, device) : x);
          sample.run(inputs);
        } catch (const Error& e) {
          refusal = e.what();
        }
        INFO(op->name << ", " << sample.what << ": " << refusal);
        CHECK((refusal.starts_with(op->name) && refusal.find("to(x, cpu)") != std::string::npos));
      }
    }
  }
}
