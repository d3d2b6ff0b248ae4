// The graph that an expression leaves behind, as Graphviz text: draw_graph | dot -Tsvg > graph.svg
#include <adora/adora.h>
#include <fmt/core.h>

using namespace adora;

int main() {
  Generator generator(1);
  Tensor x = normal({8, 4}, 0, 1, generator);  // no gradient is wanted for it: it does not appear
  Tensor w = requires_grad(normal({3, 4}, 0, 1, generator));
  Tensor b = requires_grad(zeros({3}));
  set_name(w, "w");
  set_name(b, "b");

  // w is used twice: two arrows lead to it, and its gradient is the sum of both.
  Tensor loss = mean(square(tanh(linear(x, w, b)))) + 0.01 * sum(square(w));
  set_name(loss, "loss");
  fmt::print("{}", graphviz(loss));
}
