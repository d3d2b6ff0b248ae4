#include <thread>

#include "../../catch.h"
#include "but_elementwise.h"
#include "ops/elementwise/exp.h"

using namespace adora;

namespace {

/// Bytes that tensors hold. No freed block is left that one of another size could get.
std::size_t bytes_now() {
  allocator(default_device()).drop_cache();
  return memory_stats().current;
}

using Numbers = std::vector<double>;

Numbers numbers(const Tensor& x) { return to_vector<double>(x); }

Tensor leaf(std::initializer_list<double> values) { return requires_grad(tensor<double>(values)); }

/// A recorded operation of one input that counts how often its gradient is computed.
Tensor counted(const Tensor& x, int& runs) {
  return record("counted", x.detach(), input(x, [&runs](const Tensor& g) {
                  ++runs;
                  return g;
                }));
}

}  // namespace

TEST_CASE("a leaf that is used many times gets the sum of all its gradients") {
  Tensor x = leaf({2, 3});
  Tensor y = x * x * x + x * 4.0 + x;  // 3x² + 5
  backward(sum_to(y, {}));
  CHECK(numbers(grad(x)) == Numbers{17, 32});
}

TEST_CASE("a shared subexpression is differentiated once, with the sum of what flows to it") {
  int runs = 0;
  Tensor x = leaf({2});
  Tensor shared = counted(x * x, runs);
  backward(shared * shared + shared * 3.0);  // x⁴ + 3x²
  CHECK(numbers(grad(x)) == Numbers{4 * 8 + 6 * 2});
  CHECK(runs == 1);
}

TEST_CASE("gradients of several backward passes add up until they are cleared") {
  Tensor x = leaf({1, 2});
  backward(sum_to(x * x, {}));
  backward(sum_to(x * 3.0, {}));
  CHECK(numbers(grad(x)) == Numbers{5, 7});
  clear_grad(x);
  CHECK_FALSE(grad(x).defined());
  backward(sum_to(x, {}));
  CHECK(numbers(grad(x)) == Numbers{1, 1});
}

TEST_CASE("backward runs from several outputs at once") {
  Tensor x = leaf({1, 2});
  Tensor a = x * 2.0, b = x * x;
  backward({a, b}, {tensor<double>({1, 10}), tensor<double>({100, 1000})});
  CHECK(numbers(grad(x)) == Numbers{2 + 200, 20 + 4000});
  CHECK_THROWS_WITH(backward({a, b}, {tensor<double>({1, 10})}),
                    ContainsSubstring("1 gradients were given for 2 outputs"));
}

TEST_CASE("two leaves that get the same gradient do not share its memory") {
  Tensor a = leaf({1, 1}), b = leaf({1, 1});
  backward(a + b, tensor<double>({5, 6}));
  backward(a * 1.0, tensor<double>({1, 1}));
  CHECK(numbers(grad(a)) == Numbers{6, 7});
  CHECK(numbers(grad(b)) == Numbers{5, 6});

  Tensor c = leaf({1}), d = leaf({1});
  backward(c + d, {}, {.create_graph = true});
  backward(c * 1.0);
  CHECK(numbers(grad(c)) == Numbers{2});
  CHECK(numbers(grad(d)) == Numbers{1});
}

TEST_CASE("a second backward pass needs the graph to be retained") {
  Tensor x = leaf({3});
  Tensor y = x * x;
  backward(y, {}, {.retain_graph = true});
  backward(y);
  CHECK(numbers(grad(x)) == Numbers{12});
  CHECK_THROWS_WITH(backward(y), ContainsSubstring("mul") && ContainsSubstring("retain_graph"));
}

TEST_CASE("backward from what depends on nothing is an error") {
  Tensor x = leaf({1, 2});
  CHECK_THROWS_WITH(backward(tensor<double>({1})),
                    ContainsSubstring("does not depend on any tensor that requires a gradient"));
  CHECK_THROWS_WITH(backward(x * 2.0), ContainsSubstring("has not one element"));
  CHECK_THROWS_WITH(backward(x * 2.0, tensor<double>({1, 2, 3})),
                    ContainsSubstring("float64 [3]") && ContainsSubstring("float64 [2]"));
  CHECK_THROWS_WITH(backward(x * 2.0, tensor<float>({1, 2})), ContainsSubstring("float32 [2]"));
  NoGrad no_grad;
  CHECK_THROWS_WITH(backward(sum_to(x, {})), ContainsSubstring("NoGrad"));
}

TEST_CASE("nothing is recorded under NoGrad, from detached tensors, or for frozen ones") {
  Tensor x = leaf({1, 2});
  {
    NoGrad no_grad;
    CHECK(is_leaf(x * x));
    CHECK_FALSE(grad_required(x * x));
  }
  CHECK(grad_required(x * x));
  CHECK_FALSE(grad_required(x.detach() * 2.0));
  Tensor frozen = tensor<double>({3, 4});
  backward(sum_to(x * frozen + x.detach() * x, {}));
  CHECK(numbers(grad(x)) == Numbers{4, 6});
  CHECK_FALSE(grad(frozen).defined());
}

TEST_CASE("a frozen input's gradient is not computed and what it would need is not kept") {
  allocator(default_device()).drop_cache();  // so that a block has the size asked for
  Tensor x = requires_grad(full({1024}, 2, float64)), frozen = full({1024}, 3, float64);
  const std::size_t before = bytes_now();
  Tensor y = x * frozen;  // the gradient of x needs the frozen one, which lives anyway; x itself is not kept
  CHECK(memory_stats().current - before == y.storage()->bytes());
  x = Tensor();
  CHECK(memory_stats().current == before);
}

TEST_CASE("grad computes only what lies between outputs and inputs") {
  int wanted = 0, unwanted = 0;
  Tensor x = leaf({2}), w = leaf({5});
  Tensor y = counted(x, wanted) * counted(w, unwanted);
  Tensors g = gradients({y}, {x});
  CHECK(numbers(g[0]) == Numbers{5});
  CHECK(wanted == 1);
  CHECK(unwanted == 0);
  CHECK_FALSE(grad(x).defined());
  CHECK_FALSE(grad(w).defined());
}

TEST_CASE("an operation computes no gradient for an input that grad was not asked for") {
  int first = 0, second = 0;
  Tensor a = leaf({2}), b = leaf({3});
  Tensor y = record("pair", tensor<double>({6}), input(a, [&](const Tensor& g) { return ++first, g * 3.0; }),
                    input(b, [&](const Tensor& g) { return ++second, g * 2.0; }));
  CHECK(numbers(gradients({y}, {b}, {.retain_graph = true})[0]) == Numbers{2});
  CHECK(first == 0);
  CHECK(second == 1);

  std::vector<bool> asked;
  Tensor z = tensor<double>({6});
  Tensor frozen = tensor<double>({1});
  record_joint("joint", {z}, {a, b, frozen}, [&](const Tensors& g) {
    asked = {input_grad_required(0), input_grad_required(1), input_grad_required(2)};
    return Tensors{g[0] * 3.0, g[0] * 2.0, {}};
  });
  CHECK(numbers(gradients({z}, {a}, {.retain_graph = true})[0]) == Numbers{3});
  CHECK(asked == std::vector<bool>{true, false, false});
  backward(z);
  CHECK(asked == std::vector<bool>{true, true, false});
}

TEST_CASE("grad of no inputs changes nothing") {
  Tensor x = leaf({2});
  CHECK(gradients({x * x}, {}).empty());
  CHECK_FALSE(grad(x).defined());
}

TEST_CASE("grad takes inner tensors, outputs and leaves as inputs") {
  Tensor x = leaf({2});
  Tensor inner = x * x, y = inner * inner;
  Tensors g = gradients({y}, {x, inner, y});
  CHECK(numbers(g[0]) == Numbers{32});
  CHECK(numbers(g[1]) == Numbers{8});
  CHECK(numbers(g[2]) == Numbers{1});
}

TEST_CASE("with inputs taken as independent, grad stops at them") {
  int runs = 0;
  Tensor x = leaf({2});
  Tensor inner = counted(x * x, runs), y = inner * x;
  Tensors g = gradients({y}, {x, inner}, {.through_inputs = false});
  CHECK(numbers(g[0]) == Numbers{4});  // of inner·x with inner held, not of x³
  CHECK(numbers(g[1]) == Numbers{2});
  CHECK(runs == 0);
}

TEST_CASE("an input that the outputs do not depend on is an error unless allowed") {
  Tensor x = leaf({2}), other = leaf({1});
  CHECK_THROWS_WITH(gradients({x * x}, {other}), ContainsSubstring("allow_unused"));
  CHECK_FALSE(gradients({x * x}, {other}, {.allow_unused = true})[0].defined());
  CHECK_THROWS_WITH(gradients({x * x}, {tensor<double>({1})}), ContainsSubstring("does not require a gradient"));
}

TEST_CASE("gradients of gradients of gradients exist where an operation is written with others") {
  Tensor x = leaf({3});
  Tensor g = x * x * x * x;
  const double expected[] = {4 * 27.0, 12 * 9.0, 24 * 3.0, 24.0};
  for (double value : expected) {
    g = gradients({g}, {x}, {.create_graph = true})[0];
    CHECK(item(g) == Approx(value));
  }
}

TEST_CASE("a gradient of another shape or dtype than its tensor is an error") {
  Tensor x = leaf({1, 2});
  auto with_gradient = [&](Tensor wrong) {
    return record("odd", tensor<double>({1, 2}), input(x, [wrong](const Tensor&) { return wrong; }));
  };
  Tensor ones2 = ones({2}, float64);
  CHECK_THROWS_WITH(backward(with_gradient(ones({2, 1}, float64)), ones2),
                    ContainsSubstring("odd") && ContainsSubstring("[2, 1]"));
  CHECK_THROWS_WITH(backward(with_gradient(ones({2}, float32)), ones2),
                    ContainsSubstring("odd") && ContainsSubstring("float32"));
  CHECK_THROWS_WITH(backward(with_gradient(ones({2}, float64, meta)), ones2),
                    ContainsSubstring("odd") && ContainsSubstring("meta"));
  CHECK_THROWS_WITH(set_grad(x, ones({3}, float64)), ContainsSubstring("must have the tensor's shape"));
  Tensor z = tensor<double>({1});
  record_joint("too few", {z}, {x, x}, [](const Tensors& g) { return g; });
  CHECK_THROWS_WITH(backward(z), ContainsSubstring("too few") && ContainsSubstring("1 gradients for 2 inputs"));
  CHECK_FALSE(grad(x).defined());
}

TEST_CASE("an operation that has no gradient refuses to be recorded") {
  Tensor x = leaf({1});
  CHECK_THROWS_WITH(refuse_to_record("round", {x}, "use detach"),
                    ContainsSubstring("round") && ContainsSubstring("use detach"));
  CHECK_NOTHROW(refuse_to_record("round", {x.detach()}, "use detach"));
}

TEST_CASE("only floating leaves can require a gradient") {
  Tensor x = leaf({1});
  CHECK_THROWS_WITH(requires_grad(x * 2.0), ContainsSubstring("affine"));
  CHECK_THROWS_WITH(requires_grad(tensor<std::int64_t>({1})), ContainsSubstring("only floating tensors"));
}

TEST_CASE("an output that was given a history already cannot be recorded again") {
  Tensor x = leaf({1});
  CHECK_THROWS_WITH(record("twice", x, input(x, [](const Tensor& g) { return g; })),
                    ContainsSubstring("already has a history"));
}

TEST_CASE("a chain of hundreds of thousands of operations is recorded, run backward and freed") {
  Tensor x = leaf({1});
  Tensor y = x;
  constexpr int n = 300000;
  for (int i = 0; i < n; ++i) {
    y = record("step", y.detach(), input(y, {{"before", y}}, [](const Tensor& g, const Tensor&) { return g; }));
  }
  SECTION("freed by backward") {
    backward(y);
    CHECK(numbers(grad(x)) == Numbers{1});
  }
  SECTION("freed without backward") {
    y = Tensor();
    CHECK_FALSE(grad(x).defined());
  }
}

TEST_CASE("a long chain that hooks hold together is freed without recursion") {
  Tensor x = leaf({1});
  Tensor y = x;
  for (int i = 0; i < 200000; ++i) {
    Tensor z = record("step", y.detach(), input(x, [](const Tensor& g) { return g; }));
    add_hook(z, [y](const Tensor&) { return Tensor(); });
    y = z;
  }
  long handles = x.autograd_meta().use_count();
  y = Tensor();
  CHECK(x.autograd_meta().use_count() < handles);
}

TEST_CASE("memory that operations saved is free after backward though the output lives") {
  allocator(default_device()).drop_cache();
  Tensor x = requires_grad(full({1024}, 0.5, float64));
  const std::size_t before = bytes_now();
  Tensor y = sum_to(exp(exp(exp(x))), {});
  std::size_t recorded = memory_stats().current;
  backward(y);
  const std::size_t number = 64;                                            // the sum takes the smallest block there is
  CHECK(recorded - before == 2 * x.storage()->bytes() + number);            // two of the exponentials are needed again
  CHECK(memory_stats().current - before == x.storage()->bytes() + number);  // the gradient
}

TEST_CASE("threads record and run graphs that share leaves") {
  Tensor w = requires_grad(full({64}, 2, float64));
  auto work = [&] {
    for (int i = 0; i < 200; ++i) backward(sum_to(w * w, {}));
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  CHECK(numbers(grad(w)) == Numbers(64, 4 * 200 * 4.0));
}

TEST_CASE("whether a thread records is its own business") {
  NoGrad no_grad;
  bool elsewhere = false;
  std::thread([&] { elsewhere = grad_enabled(); }).join();
  CHECK(elsewhere);
  CHECK_FALSE(grad_enabled());
}

TEST_CASE("a gradient that was set as a broadcast view is added to element by element") {
  Tensor x = requires_grad(zeros({3}));
  const Tensor given = ones({1});
  set_grad(x, broadcast_to(given, {3}));
  backward(sum(x * tensor<float>({1, 2, 3})));
  CHECK(to_vector<float>(grad(x)) == std::vector<float>{2, 3, 4});
  CHECK(item(given) == 1);
}

TEST_CASE("grad of an output and an input is the derivative, which can be differentiated again") {
  const Tensor x = requires_grad(full({}, 3, float64));
  const Tensor slope = grad(x * x * x, x, {.create_graph = true});
  CHECK(item(slope) == 27);
  CHECK(item(grad(slope, x)) == 18);
  CHECK(!grad(x).defined());
}
