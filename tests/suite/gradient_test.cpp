#include "cases.h"

using namespace adora;
using namespace adora::suite;

namespace {
/// Finer than gradcheck's own, so that one part in ten thousand is noticed.
const GradCheckOptions fine{.atol = 1e-6, .rtol = 1e-5};
}  // namespace

TEST_CASE("the gradients of every op are its derivatives, for inputs in every layout") {
  for_each_recorded_case([](const Case& c) {
    GradCheckOptions options = fine;
    options.differentiable = differentiable(c.sample), options.seed = seed();
    gradcheck(c.sample.run, c.sample.inputs, options);
  });
}

TEST_CASE("the gradients of every op's gradients are its second derivatives") {
  for_each_recorded_case([](const Case& c) {
    GradCheckOptions options = fine;
    options.differentiable = differentiable(c.sample), options.seed = seed() + 1;
    options.layouts = {InputLayout::contiguous, InputLayout::drawn};
    gradgradcheck(c.sample.run, c.sample.inputs, options);
  });
}

TEST_CASE("elementwise ops have third derivatives, the differences of the second, and fourth") {
  for (const Case& c : cases()) {
    // A vector is enough: layouts and broadcasts are the same code for every order.
    if (!c.op->traits.recorded || !(c.op->unary || c.op->binary) || c.sample.inputs[0].shape() != Shape{5}) continue;
    INFO(c.name() << ", seed " << seed());
    // Where the differences are taken nothing is recorded and no gradient of the inputs is wanted; here both are.
    auto leaves = [](Tensors in) {
      for (Tensor& x : in) x = grad_required(x) ? x : requires_grad(x.detach());
      return in;
    };
    auto gradients_of = [&](const Tensors& given) {
      const GradMode recorded(true);
      const Tensors in = leaves(given);
      const Tensor y = c.sample.run(in);
      const Tensors all = gradients({y}, in, {.create_graph = true, .gradients = {upstream_for(y)}});
      Tensor sum = all[0];
      for (std::size_t i = 1; i < all.size(); ++i) sum = sum + 0.5 * all[i];
      return sum;
    };
    GradCheckOptions options = fine;
    options.seed = seed() + 2, options.layouts = {InputLayout::contiguous};
    std::string problem;
    try {
      if (!grad_required(gradients_of(c.sample.inputs))) continue;  // linear
      gradgradcheck(gradients_of, c.sample.inputs, options);
      auto second = [&](const Tensors& given) {
        const GradMode recorded(true);
        const Tensors in = leaves(given);
        const Tensor y = gradients_of(in);
        return gradients({y}, {in[0]}, {.create_graph = true, .gradients = {upstream_for(y)}})[0];
      };
      if (!grad_required(second(c.sample.inputs))) continue;
      options.atol = 1e-5, options.rtol = 1e-4;
      gradgradcheck(second, c.sample.inputs, options);
    } catch (const std::exception& e) {
      problem = e.what();
    }
    CHECK(problem == "");
  }
}

TEST_CASE("an input that is stretched by broadcasting gets the sum of its gradients") {
  for_each_recorded_case([](const Case& c) {
    const std::vector<bool> wanted = differentiable(c.sample);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const Tensor& x = c.sample.inputs[i];
      int dim = 0;
      while (wanted[i] && dim < x.ndim() && x.shape()[dim] < 2) ++dim;
      if (!wanted[i] || dim == x.ndim() || x.numel() == 0) continue;
      auto stretched = [&](const Tensors& in) {
        Tensors inputs = c.sample.inputs;
        inputs[i] = broadcast_to(in[0], x.shape());
        return c.sample.run(inputs);
      };
      GradCheckOptions options = fine;
      options.layouts = {InputLayout::contiguous};
      gradcheck(stretched, {slice(x, dim, 0, 1)}, options);
    }
  });
}

TEST_CASE("the gradient of each input is the same whether or not the others want one") {
  for_each_recorded_case([](const Case& c) {
    const Tensors all = inputs_as(c.sample, float64, InputLayout::contiguous, true);
    const Tensor y = c.sample.run(all);
    const Tensors expected = gradients({y}, leaves_of(c.sample, all),
                                       {.retain_graph = true, .allow_unused = true, .gradients = {upstream_for(y)}});
    const std::vector<bool> wanted = differentiable(c.sample);
    for (std::size_t i = 0, k = 0; i < wanted.size(); ++i) {
      if (!wanted[i]) continue;
      const Tensor& whole = expected[k++];
      // Asked for alone, of a graph that holds all.
      const Tensor asked =
          gradients({y}, {all[i]}, {.retain_graph = true, .allow_unused = true, .gradients = {upstream_for(y)}})[0];
      check(asked.defined() == whole.defined(), "input {} has a gradient only sometimes", i);
      if (!whole.defined()) continue;
      expect_close("the gradient asked for alone", asked, whole);
      // And with the others frozen.
      Tensors inputs = inputs_as(c.sample, float64);
      requires_grad(inputs[i]);
      const Tensor z = c.sample.run(inputs);
      expect_close("the gradient with the others frozen",
                   gradients({z}, {inputs[i]}, {.gradients = {upstream_for(z)}})[0], whole);
    }
  });
}

TEST_CASE("a gradient that arrives as one number stretched over the output serves as any other") {
  for_each_recorded_case([](const Case& c) {
    auto gradients_of = [&](bool stretched) {
      const Tensors inputs = inputs_as(c.sample, float64, InputLayout::contiguous, true);
      const Tensor y = c.sample.run(inputs);
      const Tensor g = stretched ? broadcast_to(full({}, 0.75, float64, y.device()), y.shape())
                                 : full(y.shape(), 0.75, float64, y.device());
      return gradients({y}, leaves_of(c.sample, inputs), {.allow_unused = true, .gradients = {g}});
    };
    const Tensors a = gradients_of(true), b = gradients_of(false);
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (b[i].defined()) expect_close("the gradient", a[i], b[i]);
    }
  });
}
