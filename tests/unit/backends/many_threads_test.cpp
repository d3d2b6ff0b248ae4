#include "../../numeric.h"
#include "core/threads.h"

using namespace adora;

namespace {

/// Sets the number of threads as long as it lives.
class Threads {
 public:
  explicit Threads(int count) : before_(num_threads()) { set_num_threads(count); }
  ~Threads() { set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

/// Checks that `call` gives the same with one thread and with many, sometimes more than there are rows, columns or
/// numbers, up to the rounding of sums in another order.
void check_threads(const char* what, const std::function<Tensors()>& call, double tolerance = 1e-12) {
  Tensors expected;
  {
    Threads one(1);
    expected = call();
  }
  for (int count : {2, 63, 64, 65, 99, 100, 101, 127, 128, 256}) {
    Threads many(count);
    const Tensors found = call();
    INFO(what << " on " << count << " threads");
    for (std::size_t i = 0; i < expected.size(); ++i)
      CHECK(close(to_vector<double>(found[i]), to_vector<double>(expected[i]), tolerance));
  }
}

Tensor drawn(const Shape& shape, DType dtype = float64) {
  Generator generator(static_cast<std::uint64_t>(numel(shape)));
  return uniform(shape, -1, 1, generator, dtype);
}

/// An output and its gradients for some leaves.
Tensors with_gradients(const Tensor& y, const Tensors& leaves) {
  Tensors results = gradients({y}, leaves, {.gradients = {ones_like(y)}});
  results.push_back(y.detach());
  return results;
}

}  // namespace

TEST_CASE("a matrix product of fewer rows and columns than threads is that of plain loops", "[cpu]") {
  Tensor a = drawn({100, 70}), b = drawn({70, 90});
  const std::vector<double> pa = to_vector<double>(a), pb = to_vector<double>(b);
  std::vector<double> expected;
  for (std::size_t i = 0; i < 100; ++i) {
    for (std::size_t j = 0; j < 90; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < 70; ++k) sum += pa[i * 70 + k] * pb[k * 90 + j];
      expected.push_back(sum);
    }
  }
  for (int count : {1, 2, 89, 90, 91, 100, 101, 127, 256}) {
    Threads many(count);
    INFO(count << " threads");
    CHECK(close(to_vector<double>(matmul(a, b)), expected, 1e-13));
  }
}

TEST_CASE("products of all sizes and shapes hold with more threads than they have parts", "[cpu]") {
  for (const auto& [m, k, n] :
       {std::tuple(1, 4000, 100), {100, 4000, 1}, {127, 128, 129}, {256, 70, 20}, {3, 100000, 2}, {130, 300, 7}}) {
    INFO(m << " × " << k << " × " << n);
    Tensor a = drawn({m, k}), b = drawn({k, n});
    check_threads("matmul", [&] { return Tensors{matmul(a, b), matmul(transpose(b), transpose(a))}; });
  }
  Tensor batch = drawn({5, 70, 80}), other = drawn({5, 80, 70});
  check_threads("a batch", [&] { return Tensors{matmul(batch, other)}; });
  Tensor many = drawn({300, 9, 8}), matrices = drawn({300, 8, 7});
  check_threads("many small ones", [&] { return Tensors{matmul(many, matrices)}; });
}

TEST_CASE("ops with sums over threads hold with more threads than rows", "[cpu]") {
  const Tensor x = requires_grad(drawn({90, 140})), w = requires_grad(drawn({110, 140})),
               v = requires_grad(drawn({140}));
  Generator generator(1);
  Tensor targets = empty({90}, int64, cpu);
  for (std::int64_t i = 0; i < 90; ++i)
    targets.data<std::int64_t>()[i] = static_cast<std::int64_t>(generator.below(100));
  check_threads("linear", [&] { return with_gradients(linear(x, w), {x, w}); });
  check_threads("rms_norm", [&] { return with_gradients(rms_norm(x, v), {x, v}); });
  check_threads("layer_norm", [&] { return with_gradients(layer_norm(x, v, v), {x, v}); });
  check_threads("cross_entropy", [&] { return with_gradients(cross_entropy(x, targets), {x}); });
  check_threads("linear_cross_entropy", [&] { return with_gradients(linear_cross_entropy(x, w, targets), {x, w}); });
  check_threads("softmax", [&] { return with_gradients(softmax(x, 0), {x}); });
  check_threads("sum", [&] { return Tensors{sum(x, {0}), sum(x, {1}), sum(x), max(x, {0}), norm(x, {1})}; });
  check_threads("embedding", [&] { return with_gradients(embedding(w, targets), {w}); });
  check_threads("index_add", [&] { return Tensors{index_add(zeros({100, 140}, float64), 0, targets, x.detach())}; });
  check_threads("copies", [&] { return Tensors{clone(transpose(x)), to(to(x, float32), float64)}; });
}

TEST_CASE("attention and rope hold with more threads than heads and tokens", "[cpu]") {
  const Tensor q = requires_grad(drawn({2, 4, 70, 8})), k = requires_grad(drawn({2, 2, 70, 8})),
               v = requires_grad(drawn({2, 2, 70, 8}) * 0.5);
  check_threads("attention", [&] {
    return with_gradients(scaled_dot_product_attention(q, k, v, {.causal = true}), {q, k, v});
  });
  check_threads("rope", [&] { return with_gradients(rope(q), {q}); });
}

TEST_CASE("adapted and quantized products hold with more threads than rows", "[cpu]") {
  const Tensor x = requires_grad(drawn({90, 140})), w = drawn({110, 140}),
               m = requires_grad(norm(drawn({110, 140}), {1}));
  const Tensor A = requires_grad(drawn({4, 140})), B = requires_grad(drawn({110, 4}));
  for (DoraRoute route : {DoraRoute::factored, DoraRoute::merged}) {
    check_threads(
        "dora_linear",
        [&] {
          return with_gradients(dora_linear(x, w, {}, A, B, m, {.detach_norm = false, .route = route}), {x, A, B, m});
        },
        1e-11);
  }
  for (QuantizedFormat format : {QuantizedFormat::nf4, QuantizedFormat::int8}) {
    const QuantizedMatrix few = quantize(w, format);
    check_threads(
        "lora_linear",
        [&] {
          return with_gradients(lora_linear(x, few, {}, A, B), {x, A, B});
        },
        1e-11);
    const QuantizedMatrix large = quantize(drawn({300, 140}), format);
    check_threads(
        "frozen_linear", [&] { return with_gradients(frozen_linear(x, large), {x}); }, 1e-11);
  }
}

TEST_CASE("a quantized product with no rows, or rows of nothing, is one") {
  for (QuantizedFormat format : {QuantizedFormat::nf4, QuantizedFormat::int8}) {
    CHECK(frozen_linear(ones({3, 5}), quantize(ones({0, 5}), format)).shape() == Shape{3, 0});
    CHECK(to_vector<double>(frozen_linear(ones({2, 0}), quantize(ones({3, 0}), format))) ==
          std::vector<double>(6, 0.0));
    CHECK(frozen_linear(ones({0, 5}), quantize(ones({3, 5}), format)).shape() == Shape{0, 3});
  }
}

TEST_CASE("ops inside a parallel region of the caller's, of any number of threads, keep to their memory", "[cpu]") {
  const Tensor x = drawn({40, 64}, float16), weight = ones({64}, float16);
  Tensor targets = zeros({40}, int64);
  const std::vector<double> loss = to_vector<double>(cross_entropy(x, targets));
  std::vector<int> right(64);
  Threads few(2);
#pragma omp parallel for num_threads(64)
  for (int i = 0; i < 64; ++i) {
    Tensor leaf = requires_grad(x.detach()), w = requires_grad(weight.detach());
    backward(sum(rms_norm(leaf, w)));
    right[static_cast<std::size_t>(i)] =
        grad(w).defined() && to_vector<double>(cross_entropy(leaf.detach(), targets)) == loss;
  }
  CHECK(right == std::vector<int>(64, 1));
}
