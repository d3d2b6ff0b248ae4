#include "../../catch.h"
#include "but_elementwise.h"
#include "ops/elementwise/exp.h"

using namespace adora;

TEST_CASE("a graph is drawn with names, shapes and the memory it keeps") {
  Tensor x = requires_grad(full({2, 3}, 1, float64)), w = requires_grad(full({3, 4}, 1, float64));
  set_name(x, "input \"x\"");
  Tensor y = matmul(x, w);
  set_name(y, "product");
  Tensor z = exp(y);
  CHECK(graphviz(z) ==
        "digraph {\n"
        "  label=\"64 bytes kept for the backward pass\"\n"
        "  node [fontname=\"sans-serif\", fontsize=11]\n"
        "  n3 [shape=box, label=\"exp\\nfloat64 [2, 4]\\nkeeps 64 bytes\\n\"]\n"
        "  n2 -> n3\n"
        "  n2 [shape=box, label=\"matmul\\nproduct\\nfloat64 [2, 4]\\nkeeps 144 bytes\\n\"]\n"
        "  n0 -> n2\n"
        "  n1 -> n2\n"
        "  n1 [shape=ellipse, label=\"float64 [3, 4]\\n\"]\n"
        "  n0 [shape=ellipse, label=\"input \\\"x\\\"\\nfloat64 [2, 3]\\n\"]\n"
        "}\n");
}

TEST_CASE("several outputs of one operation are told apart in a drawing") {
  Tensor x = requires_grad(tensor<double>({1}));
  Tensor a = tensor<double>({1}), b = tensor<double>({2});
  record_joint("both", {a, b}, {x}, [](const Tensors& g) { return Tensors{g[0]}; });
  std::string text = graphviz(a + b);
  CHECK_THAT(text, ContainsSubstring("n1 -> n2 [label=\"0\"]") && ContainsSubstring("n1 -> n2 [label=\"1\"]"));
}

TEST_CASE("memory that several operations keep is counted once, and leaves are not") {
  Tensor x = requires_grad(full({10}, 1, float64));
  Tensor y = exp(x);
  CHECK(saved_bytes(y * y + y * y) == 80);
  CHECK(saved_bytes(x * x) == 0);
  CHECK(saved_bytes(x) == 0);
}

TEST_CASE("a tensor without history has an empty drawing") {
  CHECK_THAT(graphviz(tensor<double>({1})), ContainsSubstring("digraph") && !ContainsSubstring("->"));
}

TEST_CASE("the graph of a hundred thousand operations is drawn without recursion") {
  Tensor y = requires_grad(tensor<double>({1}));
  for (int i = 0; i < 100000; ++i) y = record("step", y.detach(), input(y, [](const Tensor& g) { return g; }));
  CHECK(graphviz(y).size() > 100000);
}
