// A function of one number, and its slope: the whole of automatic differentiation in small.
#include <adora/adora.h>
#include <fmt/core.h>

using namespace adora;

int main() {
  // A leaf: a tensor that nothing computed, and that wants a gradient.
  Tensor x = requires_grad(tensor<double>({0.5}));

  // Every operation remembers where its result came from.
  Tensor y = exp(x) * sin(x) + x * x;

  // Walks from y back to x and adds up, by the chain rule, what each operation contributes.
  backward(y);

  const double slope = std::exp(0.5) * (std::sin(0.5) + std::cos(0.5)) + 2 * 0.5;
  fmt::print("f(x)  = exp(x)·sin(x) + x²\n");
  fmt::print("f(0.5)  = {:.6f}\n", item(y));
  fmt::print("f'(0.5) = {:.6f}   by hand: {:.6f}\n", item(grad(x)), slope);

  // The slope of the slope: the backward pass is made of operations too, and can be recorded.
  Tensor z = exp(x) * sin(x) + x * x;
  Tensor first = gradients({z}, {x}, {.create_graph = true})[0];
  Tensor second = gradients({first}, {x})[0];
  fmt::print("f''(0.5) = {:.6f}   by hand: {:.6f}\n", item(second), 2 * std::exp(0.5) * std::cos(0.5) + 2);
}
