#include <limits>

#include "../../refused.h"

using namespace adora;

namespace {

using Several = std::function<Tensors(const Tensors&)>;
using One = std::function<Tensor(const Tensors&)>;

}  // namespace

TEST_CASE("gradients of nothing, or of what does not fit, are refused by the function that was called") {
  const Tensor none, plain = zeros({2}), x = requires_grad(ones({2})), y = x * 2.0, whole = zeros({2}, int64);
  check_refused({
      {"backward", [=] { backward(none); }},
      {"backward", [=] { backward(plain); }},
      {"backward", [=] { backward(y); }},
      {"backward", [=] { backward(Tensors{}, {}); }},
      {"backward",
       [=] {
         backward(Tensors{y}, {ones({2}), ones({2})});
       }},
      {"backward", [=] { backward(y, ones({3})); }},
      {"backward", [=] { backward(y, ones({2}, float64)); }},
      {"gradients", [=] { gradients({}, {x}); }},
      {"gradients", [=] { gradients({none}, {x}); }},
      {"gradients", [=] { gradients({y}, {x}); }},
      {"gradients", [=] { gradients({sum(y)}, {none}); }},
      {"gradients", [=] { gradients({sum(y)}, {plain}); }},
      {"gradients", [=] { gradients({sum(y)}, {requires_grad(ones({1}))}); }},
      {"grad",
       [=] {
         gradients({sum(y)}, {x}, {.gradients = {none, none}});
       }},
      {"grad", [=] { grad(none); }},
      {"requires_grad", [=] { requires_grad(none); }},
      {"requires_grad", [=] { requires_grad(whole); }},
      {"requires_grad", [=] { requires_grad(y, false); }},
      {"is_leaf", [=] { is_leaf(none); }},
      {"set_grad", [=] { set_grad(none, none); }},
      {"set_grad", [=] { set_grad(x, ones({3})); }},
      {"set_grad", [=] { set_grad(x, ones({2}, float64)); }},
      {"set_grad", [=] { set_grad(x, to(ones({2}), meta)); }},
      {"clear_grad", [=] { clear_grad(none); }},
      {"set_name", [=] { set_name(none, "x"); }},
      {"add_hook", [=] { add_hook(x, {}); }},
      {"add_hook", [=] { add_hook(y, Hook()); }},
      {"add_hook", [=] { add_hook(none, [](const Tensor& g) { return g; }); }},
      {"add_hook", [=] { add_hook(plain, [](const Tensor& g) { return g; }); }},
      {"graphviz", [=] { graphviz(none); }},
      {"graphviz",
       [=] {
         graphviz(Tensors{y, none});
       }},
      {"saved_bytes", [=] { saved_bytes(none); }},
  });
  CHECK_FALSE(grad_required(none));
}

TEST_CASE("an operation that is recorded without a gradient function or an output is refused by its name") {
  const Tensor none, x = requires_grad(ones({2}));
  const GradientFn same = [](const Tensors& g, const SavedTensors&) { return g; };
  check_refused({
      {"mine", [=] { record("mine", ones({2}), input(x, std::function<Tensor(const Tensor&)>())); }},
      {"mine", [=] { record("mine", none, input(x, [](const Tensor& g) { return g; })); }},
      {"mine", [=] { record_joint("mine", {ones({2})}, {x}, nullptr); }},
      {"mine",
       [=] {
         record_joint("mine", {ones({2})}, {x}, {{"x", x}}, nullptr);
       }},
      {"mine",
       [=] {
         record_fused("mine", {ones({2})}, {x}, {{"x", x}}, nullptr, same);
       }},
      {"mine",
       [=] {
         record_fused("mine", {ones({2})}, {x}, {{"x", x}}, same, nullptr);
       }},
      {"gradients_through", [=] { gradients_through([](const Tensors& in) { return in; }, {x}, {}); }},
      {"mine", [=] { record_joint("mine", {none}, {x}, [](const Tensors& g) { return g; }); }},
  });
}

TEST_CASE("a checkpoint of an empty function, or one that gives other tensors the second time, is refused") {
  const Tensor x = requires_grad(ones({2}));
  int calls = 0;
  const auto fickle = [&](const Tensors& in) { return ++calls == 1 ? Tensors{in[0] * 2.0} : Tensors{}; };
  check_refused({
      {"checkpoint", [=] { checkpoint(One(), {x}); }},
      {"checkpoint", [=] { checkpoint(Several(), {x}); }},
      {"checkpoint", [=] { checkpoint(One([](const Tensors&) { return Tensor(); }), {x}); }},
      {"checkpoint", [=] { backward(sum(checkpoint(Several(fickle), {x})[0])); }},
  });
}

TEST_CASE("checkpoints within one another have right gradients, and an error where they are too many") {
  const std::function<Tensor(const Tensor&, int)> nested = [&](const Tensor& x, int depth) -> Tensor {
    if (depth == 0) return x * x;
    return checkpoint(One([&, depth](const Tensors& in) { return nested(in[0], depth - 1) * 1.5; }), {x});
  };
  Tensor x = requires_grad(full({1}, 3, float64));
  backward(nested(x, 6));
  CHECK(item(grad(x)) == Approx(6 * std::pow(1.5, 6)));
  CHECK_THROWS_WITH(nested(x, 6000), ContainsSubstring("checkpoint") && ContainsSubstring("within one another"));
  clear_grad(x);
  backward(nested(x, 2));  // and afterwards all is as before
  CHECK(item(grad(x)) == Approx(6 * 1.5 * 1.5));
}

TEST_CASE("thousands of checkpoints one after the other are none within another") {
  Tensor x = requires_grad(full({1}, 1, float64)), y = x;
  for (int i = 0; i < 3000; ++i) y = checkpoint(One([](const Tensors& in) { return in[0] + 1.0; }), {y});
  backward(y);
  CHECK(item(grad(x)) == 1);
}

TEST_CASE("checks of gradients refuse what they could not check") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor none, x = ones({2}, float64);
  const TensorFunction twice = [](const Tensors& in) { return in[0] * 2.0; };
  const TensorFunction nothing = [](const Tensors&) { return Tensor(); };
  for (bool second : {false, true}) {
    const auto run = [=](const TensorFunction& f, const Tensors& inputs, const GradCheckOptions& options) {
      return [=] { second ? gradgradcheck(f, inputs, options) : gradcheck(f, inputs, options); };
    };
    const std::string says = second ? "gradgradcheck" : "gradcheck";
    check_refused({
        {says, run({}, {x}, {})},
        {says, run(nothing, {x}, {})},
        {says, run(twice, {x}, {.step = 0})},
        {says, run(twice, {x}, {.step = nan})},
        {says, run(twice, {x}, {.atol = nan})},
        {says, run(twice, {x}, {.rtol = -1})},
        {says, run(twice, {x}, {.differentiable = {true, false}})},
        {says, run(twice, {x}, {.layouts = {}})},
    });
  }
  check_refused({
      {"gradcheck", [=] { gradcheck(TensorsFunction(), {x}); }},
      {"gradgradcheck", [=] { gradgradcheck(TensorsFunction(), {x}); }},
      {"gradcheck", [=] { gradcheck(twice, {ones({2})}); }},
      {"laid_out", [=] { laid_out(none, InputLayout::sliced); }},
  });
}
