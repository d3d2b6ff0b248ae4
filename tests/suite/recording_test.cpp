#include <set>

#include "cases.h"

using namespace adora;
using namespace adora::suite;

namespace {

/// The names under which a sample records operations, forward and in its gradient.
std::set<std::string> recorded_names(const Case& c) {
  const Tensors inputs = inputs_as(c.sample, float64, InputLayout::contiguous, true);
  const Tensor y = c.sample.run(inputs);
  Tensors graphs{y};
  for (const Tensor& g :
       gradients({y}, leaves_of(c.sample, inputs),
                 {.create_graph = true, .allow_unused = true, .gradients = {requires_grad(upstream_for(y))}})) {
    if (g.defined()) graphs.push_back(g);
  }
  std::set<std::string> names;
  for (const Tensor& x : graphs) {
    for (const auto& node : graph_nodes(x)) {
      if (!node->leaf) names.insert(node->op);
    }
  }
  return names;
}

}  // namespace

TEST_CASE("whatever is recorded is recorded under the name of an op, so that this suite tests it") {
  // Autograd's own, which its tests cover.
  const std::set<std::string> engine{"accumulate", "alias", "checkpoint"};
  for_each_recorded_case([&](const Case& c) {
    for (const std::string& name : recorded_names(c)) {
      check(Op::find(name) != nullptr || engine.contains(name), "records '{}', for which there is no Op", name);
    }
  });
}

TEST_CASE("nothing is recorded where no input wants a gradient or recording is off") {
  for_each_case([](const Case& c) {
    if (c.op->name == "accumulate") return;  // its sample takes a gradient, of inputs that it makes leaves itself
    check(is_leaf(c.sample.run(inputs_as(c.sample, float64))), "recorded with frozen inputs");
    NoGrad no_grad;
    check(is_leaf(c.sample.run(inputs_as(c.sample, float64, InputLayout::contiguous, true))), "recorded under NoGrad");
  });
}

TEST_CASE("whichever input wants a gradient, every op is recorded, or refuses with a way out, or gives whole numbers") {
  for_each_case([](const Case& c) {
    const std::vector<bool> wanted = differentiable(c.sample);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (!wanted[i]) continue;
      const Tensors inputs = inputs_as(c.sample, float64);
      requires_grad(inputs[i]);
      std::string refusal;
      try {
        const Tensor y = c.sample.run(inputs);
        if (!is_floating(y.dtype())) {
          check(!c.op->traits.recorded && !grad_required(y), "gives {}, which has no gradient", describe(y));
          continue;
        }
        check(grad_required(y), "input {} wants a gradient, and the op neither records itself nor refuses to", i);
      } catch (const Error& e) {
        refusal = e.what();
        if (c.op->traits.recorded) throw;
        check(refusal.find("has no gradient") != std::string::npos && refusal.find("NoGrad") != std::string::npos,
              "wanted a refusal; got: {}", refusal);
      }
      check(c.op->traits.recorded == refusal.empty(), "is said to have no gradient, but has recorded one");
    }
  });
}

TEST_CASE("no op keeps memory alive once its graph is gone") {
  for (const Case& c : cases()) {
    if (!c.op->traits.recorded) continue;
    auto once = [&] {
      const Tensors inputs = inputs_as(c.sample, float64, InputLayout::contiguous, true);
      const Tensor y = c.sample.run(inputs);
      gradients({y}, leaves_of(c.sample, inputs),
                {.create_graph = true, .allow_unused = true, .gradients = {upstream_for(y)}});
    };
    once();  // whatever is kept for the program's lifetime is there now
    const std::size_t before = memory_stats(c.device).current;
    once();
    INFO(c.name());
    CHECK(memory_stats(c.device).current == before);
  }
}
