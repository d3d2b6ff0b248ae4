#include "../refused.h"
#include "cases.h"

using namespace adora;
using namespace adora::suite;

TEST_CASE("every op has samples that say what they show") {
  for (const Op* op : Op::all()) {
    INFO("the op " << op->name
                   << ": its samples belong in the file in tests/suite/samples/ that is named after its own");
    Generator generator(1);
    const std::vector<Sample> samples = Samples::of(*op, generator);
    CHECK_FALSE(samples.empty());
    for (const Sample& sample : samples) {
      CHECK_FALSE(sample.what.empty());
      CHECK_FALSE(leaves_of(sample, sample.inputs).empty());
    }
  }
}

TEST_CASE("all samples are those of an op") {
  for (const auto& [name, make] : Samples::all()) {
    INFO("samples of " << name << ", of which there is no Op");
    CHECK(Op::find(name) != nullptr);
  }
}

TEST_CASE("sizes that are none, and a second set of samples of one op, are refused") {
  Generator g(1);
  check_refused({
      {"sample_indices", [&] { sample_indices(g, {2}, 0); }},
      {"sample_indices", [&] { sample_indices(g, {2}, -3); }},
      {"sample_size", [&] { sample_size(g, 3, 2); }},
      {"sample_size", [&] { sample_shape(g, 5, 4); }},
      {"two sets of samples of the op matmul", [] { Samples("matmul", {}); }},
  });
}
