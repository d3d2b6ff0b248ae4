#include "../../catch.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

Tensor sample(const Shape& shape) {
  Generator generator(3);
  return uniform(shape, 0.5, 2, generator, float64);
}

/// x² whose gradient is that of `factor`·x², and whose gradient's gradient is `second` times what it is.
Tensor square_with(const Tensor& x, double factor, double second = 1) {
  Tensor y = x.detach() * x.detach();
  return record("square_with", y, input(x, {{"x", x}}, [=](const Tensor& g, const Tensor& x) {
                  Tensor twice = record("twice", x.detach() * (2 * factor),
                                        input(x, [=](const Tensor& h) { return h * (2 * factor * second); }));
                  return g * twice;
                }));
}

}  // namespace

TEST_CASE("gradcheck passes what is right and tells what is wrong") {
  CHECK(gradcheck([](const Tensors& in) { return square_with(in[0], 1); }, {sample({2, 3})}));
  CHECK_THROWS_WITH(gradcheck([](const Tensors& in) { return square_with(in[0], 1.01); }, {sample({2, 3})}),
                    ContainsSubstring("output 0 element 0 by input 0 element 0"));
}

TEST_CASE("gradcheck sees a gradient that forgets what flows into it") {
  auto f = [](const Tensors& in) {
    return record("forgets", in[0].detach() * 3.0,
                  input(in[0], [](const Tensor& g) { return full(g.shape(), 3, float64); }));
  };
  CHECK_THROWS_WITH(gradcheck(f, {sample({})}), ContainsSubstring("derivative of output 0"));
}

TEST_CASE("gradcheck sees a gradient that is wrong for strided inputs only") {
  auto f = [](const Tensors& in) {
    return record("dense", in[0].detach() * 1.0,
                  input(in[0], [dense = in[0].is_contiguous()](const Tensor& g) { return dense ? g : g * 2.0; }));
  };
  CHECK(gradcheck(f, {sample({2, 3})}, {.layouts = {InputLayout::contiguous}}));
  CHECK_THROWS_WITH(gradcheck(f, {sample({2, 3})}), ContainsSubstring("transposed inputs"));
}

TEST_CASE("gradcheck takes several inputs and outputs, whole numbers, undefined and empty ones") {
  auto f = [](const Tensors& in) {
    CHECK_FALSE(in[2].defined());
    return Tensors{in[0] * in[1], sum_to(in[0], {1}) * static_cast<double>(to_vector<double>(in[3])[0])};
  };
  CHECK(gradcheck(TensorsFunction(f), {sample({3}), sample({3}), {}, tensor<std::int64_t>({4})}));
  CHECK(gradcheck([](const Tensors& in) { return in[0] * 2.0; }, {sample({0, 3})}));
}

TEST_CASE("gradcheck refuses what it cannot judge") {
  CHECK_THROWS_WITH(gradcheck([](const Tensors& in) { return in[0] * 1.0; }, {full({2}, 1)}),
                    ContainsSubstring("need float64"));
  CHECK_THROWS_WITH(gradcheck([](const Tensors& in) { return in[0].detach(); }, {sample({2})}),
                    ContainsSubstring("no output depends"));
  int calls = 0;
  CHECK_THROWS_WITH(gradcheck([&](const Tensors& in) { return in[0] * static_cast<double>(++calls); }, {sample({2})}),
                    ContainsSubstring("when called again"));
  auto changes = [](const Tensors& in) {
    return record("changes", in[0].detach() * 1.0, input(in[0], [x = in[0]](const Tensor& g) {
                    NoGrad no_grad;
                    fill_(x.detach(), 9);
                    return g;
                  }));
  };
  CHECK_THROWS_WITH(gradcheck(changes, {sample({1})}), ContainsSubstring("in place"));
}

TEST_CASE("gradgradcheck passes right second derivatives and tells wrong ones") {
  CHECK(gradgradcheck([](const Tensors& in) { return square_with(in[0], 1); }, {sample({2})}));
  auto wrong = [](const Tensors& in) { return square_with(in[0], 1, 1.01); };
  CHECK(gradcheck(wrong, {sample({2})}));
  CHECK_THROWS_WITH(gradgradcheck(wrong, {sample({2})}), ContainsSubstring("gradcheck: the derivative"));
}

TEST_CASE("laid out tensors have the same elements and the strides asked for") {
  Tensor x = sample({2, 3});
  for (InputLayout layout : {InputLayout::contiguous, InputLayout::transposed, InputLayout::sliced}) {
    CHECK(to_vector<double>(laid_out(x, layout)) == to_vector<double>(x));
  }
  CHECK(laid_out(x, InputLayout::transposed).strides() == Shape{1, 2});
  CHECK(laid_out(x, InputLayout::sliced).strides() == Shape{14, 2});
}

TEST_CASE("layouts that are drawn follow from their seed, and are of every kind") {
  int turned = 0, stepped = 0, shifted = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Tensor x = sample({2, 3, 4}), y = laid_out(x, InputLayout::drawn, seed);
    CHECK(to_vector<double>(y) == to_vector<double>(x));
    CHECK(y.strides() == laid_out(x, InputLayout::drawn, seed).strides());
    turned += y.strides()[0] < y.strides()[2];
    stepped += y.strides()[0] > 1 && y.strides()[1] > 1 && y.strides()[2] > 1;
    shifted += y.layout().offset > 0;
    for (const Shape& shape : {Shape{}, Shape{0, 3}, Shape{1}}) {
      const Tensor odd = sample(shape);
      CHECK(to_vector<double>(laid_out(odd, InputLayout::drawn, seed)) == to_vector<double>(odd));
    }
  }
  CHECK(turned > 10);
  CHECK(stepped > 10);
  CHECK(shifted > 30);
}
