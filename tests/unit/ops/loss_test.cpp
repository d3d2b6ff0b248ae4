#include "../../numeric.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

/// Cross-entropy of x·Wᵀ by plain loops in double: the reduced losses, and the gradients for upstream ones.
struct Plain {
  std::vector<double> losses, dx, dw, dlogits;
};

Plain plain_loss(const Tensor& x, const Tensor& w, const std::vector<std::int64_t>& targets, std::int64_t ignored,
                 Reduction reduction) {
  std::vector<double> px = to_vector<double>(x), pw = to_vector<double>(w);
  auto n = static_cast<std::size_t>(x.size(0)), d = static_cast<std::size_t>(x.size(1)),
       classes = static_cast<std::size_t>(w.size(0));
  double counted = 0, sum = 0;
  for (std::int64_t y : targets) counted += y != ignored;
  Plain result{{}, std::vector<double>(n * d), std::vector<double>(classes * d), std::vector<double>(n * classes)};
  for (std::size_t t = 0; t < n; ++t) {
    if (targets[t] == ignored) {
      result.losses.push_back(0);
      continue;
    }
    auto y = static_cast<std::size_t>(targets[t]);
    double share = reduction == Reduction::mean ? 1 / counted : 1, most = -1e300, total = 0;
    std::vector<double> logits(classes);
    for (std::size_t v = 0; v < classes; ++v) {
      for (std::size_t c = 0; c < d; ++c) logits[v] += px[t * d + c] * pw[v * d + c];
      most = std::max(most, logits[v]);
    }
    for (double l : logits) total += std::exp(l - most);
    result.losses.push_back(most + std::log(total) - logits[y]);
    sum += share * result.losses.back();
    for (std::size_t v = 0; v < classes; ++v) {
      double g = share * (std::exp(logits[v] - most) / total - (v == y));
      result.dlogits[t * classes + v] = g;
      for (std::size_t c = 0; c < d; ++c) {
        result.dx[t * d + c] += g * pw[v * d + c];
        result.dw[v * d + c] += g * px[t * d + c];
      }
    }
  }
  if (reduction != Reduction::none) result.losses = {sum};
  return result;
}

std::vector<std::int64_t> some_targets(std::int64_t n, std::int64_t classes, std::int64_t ignored) {
  std::vector<std::int64_t> targets;
  for (std::int64_t t = 0; t < n; ++t) targets.push_back(t % 5 == 2 ? ignored : (t * 7919) % classes);
  return targets;
}

}  // namespace

TEST_CASE("the losses of whole logits and of logits in blocks agree with plain loops, and so do their gradients",
          "[long]") {
  Generator generator(2);
  for (auto [n, d, classes] : {std::tuple<std::int64_t, std::int64_t, std::int64_t>{5, 3, 7},
                               {1, 4, 1},
                               {300, 6, 1100},
                               {700, 5, 40},
                               {3, 2, 513}}) {
    for (Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
      for (auto [dtype, tolerance] : {std::pair{float64, 1e-12}, {float32, 2e-5}}) {
        INFO(n << " tokens of size " << d << ", " << classes << " classes, reduction " << static_cast<int>(reduction));
        Tensor x = requires_grad(uniform({n, d}, -3, 3, generator, dtype));
        Tensor w = requires_grad(uniform({classes, d}, -2, 2, generator, dtype));
        std::vector<std::int64_t> targets = some_targets(n, classes, -7);
        Tensor ids = tensor(targets, {n});
        Plain expected = plain_loss(x, w, targets, -7, reduction);
        CrossEntropyOptions options{.ignore_index = -7, .reduction = reduction};

        Tensor loss = linear_cross_entropy(x, w, ids, options);
        CHECK(close(to_vector<double>(loss), expected.losses, tolerance));
        backward(loss, ones_like(loss));
        CHECK(close(to_vector<double>(grad(x)), expected.dx, tolerance));
        CHECK(close(to_vector<double>(grad(w)), expected.dw, tolerance));

        Tensor logits = requires_grad(matmul(x.detach(), transpose(w.detach())));
        loss = cross_entropy(logits, ids, options);
        CHECK(close(to_vector<double>(loss), expected.losses, tolerance));
        backward(loss, ones_like(loss));
        CHECK(close(to_vector<double>(grad(logits)), expected.dlogits, tolerance));
      }
    }
  }
}

TEST_CASE("losses take any upstream gradient") {
  Generator generator(3);
  Tensor x = requires_grad(uniform({6, 3}, -1, 1, generator, float64)), w = uniform({8, 3}, -1, 1, generator, float64);
  std::vector<std::int64_t> targets = some_targets(6, 8, -100);
  for (Reduction reduction : {Reduction::mean, Reduction::none}) {
    Tensor upstream = reduction == Reduction::none ? uniform({6}, -1, 1, generator, float64) : full({}, -0.3, float64);
    auto weighted = [&] {
      NoGrad no_grad;
      std::vector<double> y =
          to_vector<double>(cross_entropy(linear(x, w), tensor(targets, {6}), {.reduction = reduction}));
      std::vector<double> u = to_vector<double>(upstream);
      double sum = 0;
      for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * u[i];
      return sum;
    };
    std::vector<double> expected = numeric_gradient(x, weighted);
    clear_grad(x);
    backward(linear_cross_entropy(x, w, tensor(targets, {6}), {.reduction = reduction}), upstream);
    CHECK(close(to_vector<double>(grad(x)), expected, 1e-7));
    clear_grad(x);
    backward(cross_entropy(linear(x, w), tensor(targets, {6}), {.reduction = reduction}), upstream);
    CHECK(close(to_vector<double>(grad(x)), expected, 1e-7));
  }
}

TEST_CASE("a batch in which every token is ignored has the loss 0 and changes nothing") {
  Tensor x = requires_grad(ones({3, 2})), w = requires_grad(ones({4, 2}));
  Tensor ids = full({3}, -100, int64);
  Tensor loss = linear_cross_entropy(x, w, ids);
  CHECK(item(loss) == 0);
  backward(loss);
  for (float g : to_vector<float>(grad(x))) CHECK(g == 0);
  for (float g : to_vector<float>(grad(w))) CHECK(g == 0);
  Tensor logits = requires_grad(ones({3, 4}));
  loss = cross_entropy(logits, ids);
  CHECK(item(loss) == 0);
  backward(loss);
  for (float g : to_vector<float>(grad(logits))) CHECK(g == 0);
}

TEST_CASE("the loss in blocks takes views, half types, and logits far apart") {
  Generator generator(4);
  Tensor x = slice(uniform({40, 20}, -1, 1, generator), 1, 2, 18, 2),
         w = transpose(uniform({8, 70}, -40, 40, generator));
  std::vector<std::int64_t> targets = some_targets(40, 70, -100);
  Plain expected = plain_loss(x, w, targets, -100, Reduction::mean);
  requires_grad(x);
  Tensor loss = linear_cross_entropy(x, w, tensor(targets, {40}));
  CHECK(item(loss) == Approx(expected.losses[0]).epsilon(1e-5));
  backward(loss);
  CHECK(close(to_vector<double>(grad(x)), expected.dx, 2e-5));

  Tensor hx = requires_grad(to(x.detach(), bfloat16)), hw = requires_grad(to(w, bfloat16));
  expected = plain_loss(hx, hw, targets, -100, Reduction::mean);
  loss = linear_cross_entropy(hx, hw, tensor(targets, {40}));
  CHECK(loss.dtype() == float32);
  CHECK(item(loss) == Approx(expected.losses[0]).epsilon(1e-5));
  backward(loss);
  CHECK(close(to_vector<double>(grad(hx)), expected.dx, 1e-2));
  CHECK(close(to_vector<double>(grad(hw)), expected.dw, 1e-2));
}

TEST_CASE("the gradient of the loss in blocks keeps its digits where a token is nearly certain", "[cpu]") {
  // Token t gives class t all but 10⁻³ of the probability. Each of the other classes has less than float32 can add to
  // it, and together they are the gradient where class t is the target, and a thousandth of it where it isn't.
  constexpr std::int64_t n = 4, d = 16, classes = 30000;
  Generator generator(5);
  // Each token has numbers of its own, so that no other's class is like its own.
  std::vector<float> own(n * d);
  for (std::size_t i = 0; i < own.size(); ++i) own[i] = i % d / n == i / d ? 1 : 0;
  const Tensor x = uniform({n, d}, 0.5, 1, generator) * tensor(own, {n, d});
  Tensor w = uniform({classes, d}, 0, 0.1, generator);
  const Tensor certain = x * (17.5 / sum(x * x, {1}, true));
  copy_(slice(w, 0, 0, n), certain);
  for (const std::int64_t first : {std::int64_t{0}, std::int64_t{1000}}) {
    std::vector<std::int64_t> targets;
    for (std::int64_t t = 0; t < n; ++t) targets.push_back(first + t);
    const Plain expected = plain_loss(x, w, targets, -100, Reduction::sum);
    const Tensor mine = requires_grad(x.clone()), weight = requires_grad(w.clone());
    const Tensor loss = linear_cross_entropy(mine, weight, tensor(targets, {n}), {.reduction = Reduction::sum});
    CHECK(item(loss) == Approx(expected.losses[0]).epsilon(1e-4));
    backward(loss);
    // A logit of 17.5 is summed within some 10⁻⁵, and its exponential as much.
    CHECK(close(to_vector<double>(grad(mine)), expected.dx, 1e-4));
    CHECK(close(to_vector<double>(grad(weight)), expected.dw, 1e-4));
  }
}

TEST_CASE("the logits are never whole in memory", "[long]") {
  std::int64_t n = 4096, d = 8, classes = 16384;
  Tensor x = requires_grad(zeros({n, d})), w = zeros({classes, d});
  reset_peak_memory();
  std::size_t before = memory_stats().current;
  backward(linear_cross_entropy(x, w, zeros({n}, int64)));
  // A GPU takes blocks of 1,024 tokens, to be busy.
  const std::size_t whole = static_cast<std::size_t>(n * classes * 4), block = default_device() == cpu ? 0 : whole / 4;
  CHECK(memory_stats().peak - before < block + whole / 16);
  requires_grad(w);
  reset_peak_memory();
  backward(linear_cross_entropy(x, w, zeros({n}, int64)));
  CHECK(memory_stats().peak - before < block + whole / 4);
}

TEST_CASE("a target that is no class is an error with its place") {
  Tensor ids = tensor<std::int64_t>({1, 4, 0});
  CHECK_THROWS_WITH(cross_entropy(zeros({3, 4}), ids), ContainsSubstring("position 1 is 4"));
  CHECK_THROWS_WITH(linear_cross_entropy(zeros({3, 2}), zeros({4, 2}), ids), ContainsSubstring("position 1 is 4"));
  CHECK_THROWS_WITH(cross_entropy(zeros({3, 4}), zeros({2}, int64)), ContainsSubstring("[3, 4]"));
  CHECK_THROWS_WITH(cross_entropy(zeros({3, 4}), zeros({3})), ContainsSubstring("int64"));
}
