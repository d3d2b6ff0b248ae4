#include <map>

#include "cases.h"

using namespace adora;
using namespace adora::suite;

namespace {

/// The name of an op's composed twin, if it is an op as well.
std::string twin_of(const std::string& name) {
  return name == "scaled_dot_product_attention" ? "attention_composed" : name + "_composed";
}

}  // namespace

TEST_CASE("a fused op gives what its composed twin gives") {
  std::map<std::string, std::vector<const Case*>> of_twins;
  for (const Case& c : cases()) of_twins[c.op->name].push_back(&c);
  std::map<std::string, std::size_t> compared;
  for_each_case([&](const Case& c) {
    const auto twins = of_twins.find(twin_of(c.op->name));
    if (twins == of_twins.end()) return;
    const std::size_t number = compared[c.op->name]++;
    check(number < twins->second.size(), "its composed twin has fewer samples");
    const Sample& twin = twins->second[number]->sample;
    check(twin.what == c.sample.what && twin.inputs.size() == c.sample.inputs.size(), "its twin has other samples");
    expect_close("the result", c.sample.run(c.sample.inputs), twin.run(c.sample.inputs));
  });
  CHECK(compared.size() >= 6);
}

TEST_CASE("the gradient of every fused op is what its composed gradient gives") {
  for_each_recorded_case([](const Case& c) {
    auto gradients_of = [&](bool create_graph) {
      const Tensors inputs = inputs_as(c.sample, float64, InputLayout::contiguous, true);
      const Tensor y = c.sample.run(inputs);
      return gradients({y}, leaves_of(c.sample, inputs),
                       {.create_graph = create_graph, .allow_unused = true, .gradients = {upstream_for(y)}});
    };
    const Tensors fused = gradients_of(false), composed = gradients_of(true);
    for (std::size_t i = 0; i < fused.size(); ++i) {
      check(fused[i].defined() == composed[i].defined(), "input {} has a gradient only sometimes", i);
      if (fused[i].defined()) expect_close("the gradient", fused[i], composed[i].detach());
    }
  });
}
