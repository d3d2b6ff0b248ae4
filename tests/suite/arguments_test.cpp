#include <set>

#include "cases.h"

using namespace adora;
using namespace adora::suite;

namespace {

/// The text of the error that the sample throws for these inputs; empty where it throws none.
std::string refusal(const Case& c, const Tensors& inputs) {
  try {
    c.sample.run(inputs);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

/// Some samples call another op before their own, which refuses the inputs first.
bool comes_from_before(const Case& c, const std::string& refusal) {
  return c.op->name == "accumulate" || c.op->name == "where" || refusal.starts_with("quantize: ");
}

void check_named(const Case& c, const std::string& refusal, std::size_t input) {
  check(refusal.find(c.op->name) != std::string::npos || comes_from_before(c, refusal),
        "what it says of input {} does not name the op: {}", input, refusal);
}

}  // namespace

TEST_CASE("an undefined tensor in the place of any input is an error, or stands for none") {
  for_each_case([](const Case& c) {
    for (std::size_t i = 0; i < c.sample.inputs.size(); ++i) {
      Tensors inputs = inputs_as(c.sample, float64);
      inputs[i] = Tensor();
      // An optional input gives a result; for any other the error names the op, unless the sample itself uses the
      // tensor before the op does.
      static const std::set<std::string> used_before{"copy_", "decode_attention", "embedding_gradient", "reshape",
                                                     "unslice"};
      const std::string said = refusal(c, inputs);
      if (!said.empty() && !used_before.contains(c.op->name)) check_named(c, said, i);
    }
  });
}

TEST_CASE("inputs on several devices are an error that names the op") {
  for_each_case([](const Case& c) {
    if (c.sample.inputs.size() < 2) return;
    for (std::size_t i = 0; i < c.sample.inputs.size(); ++i) {
      Tensors inputs = inputs_as(c.sample, float64);
      if (!inputs[i].defined()) continue;
      inputs[i] = to(inputs[i], meta);
      const std::string said = refusal(c, inputs);
      check(!said.empty(), "takes input {} on another device than the others", i);
      check_named(c, said, i);
    }
  });
}

TEST_CASE("an op that whole numbers are nothing for says so under its own name") {
  for_each_case([](const Case& c) {
    Tensors inputs = inputs_as(c.sample, float64);
    bool any = false;
    for (Tensor& x : inputs) {
      if (!x.defined() || !is_floating(x.dtype())) continue;
      x = to(x, int64);
      any = true;
    }
    const std::string said = any ? refusal(c, inputs) : "";
    if (!said.empty()) check_named(c, said, 0);
  });
}

TEST_CASE("an op of one floating and one other dtype says so under its own name") {
  for_each_case([](const Case& c) {
    for (std::size_t i = 0; i < c.sample.inputs.size(); ++i) {
      Tensors inputs = inputs_as(c.sample, float64);
      if (!inputs[i].defined() || !is_floating(inputs[i].dtype())) continue;
      inputs[i] = to(inputs[i], bfloat16);
      const std::string said = refusal(c, inputs);
      if (!said.empty()) check_named(c, said, i);
    }
  });
}
