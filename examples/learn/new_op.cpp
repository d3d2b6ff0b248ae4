// Two new operations, defined here and nowhere else, and their gradients checked.
#include <adora/adora.h>
#include <fmt/core.h>

using namespace adora;

// 1. A function of each element: its formula is enough. The gradient follows from running the
// formula on dual numbers, and one formula serves every device. This one is of Ziyin, Hartwig and Ueda,
// "Neural networks fail to learn periodic functions and how to fix it".
struct Snake {
  template <class T> ADORA_HD T operator()(T x) const { return x + math::sin(x) * math::sin(x); }
};
Tensor snake(const Tensor& x) { return elementwise("snake", Snake{}, x); }

// 2. Anything else: a forward, and under it how gradients flow back, written with the operations
// that a user calls. squared_distance(x, y)[i, j] = ‖x_i − y_j‖² for x [n, d] and y [m, d].
Tensor squared_distance(const Tensor& x, const Tensor& y) {
  check(x.ndim() == 2 && y.ndim() == 2 && x.size(1) == y.size(1),
        "squared_distance: expected [n, d] and [m, d], not {} and {}", describe(x), describe(y));
  Tensor result;
  {
    NoGrad no_grad;  // the steps inside are not recorded: the gradient is below
    result = sum(square(x), {1}, true) + transpose(sum(square(y), {1}, true)) - 2 * matmul(x, transpose(y));
  }
  return record("squared_distance", result,
                input(x, {{"x", x}, {"y", y}},
                      [](const Tensor& g, const Tensor& x, const Tensor& y) {
                        return 2 * (x * sum(g, {1}, true) - matmul(g, y));
                      }),
                input(y, {{"x", x}, {"y", y}}, [](const Tensor& g, const Tensor& x, const Tensor& y) {
                  return 2 * (y * transpose(sum(g, {0}, true)) - matmul(transpose(g), x));
                }));
}

int main() {
  Generator generator(1);
  const Tensor x = uniform({3, 4}, -2, 2, generator, float64), y = uniform({2, 4}, -2, 2, generator, float64);
  fmt::print("snake(x) =\n{}\n", to_string(snake(x)));
  fmt::print("squared_distance(x, y) =\n{}\n", to_string(squared_distance(x, y)));

  // Each gradient against differences of the function's own values; throws where they differ.
  auto check_gradients = [](const char* name, const TensorFunction& op, const Tensors& inputs) {
    gradcheck(op, inputs);
    gradgradcheck(op, inputs);
    fmt::print("the gradient of {} is right, and so is its gradient's\n", name);
  };
  check_gradients("snake", [](const Tensors& in) { return snake(in[0]); }, {x});
  check_gradients("squared_distance", [](const Tensors& in) { return squared_distance(in[0], in[1]); }, {x, y});
}
