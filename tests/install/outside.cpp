// A program outside the tree: an elementwise op of its own, in one file, differentiable without another word.
#include <adora/adora.h>
#include <adora/ops/elementwise_define.h>

#include <cstdio>

using namespace adora;

struct Mish {
  template <class T> ADORA_HD T operator()(T x) const { return x * math::tanh(math::log1p(math::exp(x))); }
};
Tensor mish(const Tensor& x) { return elementwise("mish", Mish{}, x); }
const Op mish_op{"mish", mish};

int main() {
  int failed = 0;
  Generator generator(1);
  for (const Shape& shape : {Shape{}, Shape{2, 3}, Shape{0, 3}}) {
    auto run = [](const Tensors& in) { return Op::find("mish")->unary(in[0]); };
    const Tensors inputs{uniform(shape, -2, 2, generator, float64)};
    try {
      gradcheck(run, inputs);
      gradgradcheck(run, inputs);
    } catch (const Error& e) {
      std::printf("mish, %s: %s\n", to_string(shape).c_str(), e.what());
      ++failed;
    }
  }
  // mish(1) = tanh(log(1 + e)), by hand 0.86509838826731034
  double value = item(mish(full({}, 1, float64)));
  if (!(value > 0.865098388267310 && value < 0.865098388267311)) {
    std::printf("mish(1) is %.17g\n", value);
    ++failed;
  }
  // Ops and kernels that register themselves must be there, in the static library too.
  if (!Op::find("matmul") || !Op::find("exp") || item(matmul(ones({1, 2}), ones({2, 1}))) != 2) ++failed;
  return failed;
}
