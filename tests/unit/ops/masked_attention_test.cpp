#include <cmath>
#include <limits>

#include "../../numeric.h"
#include "../../refused.h"

using namespace adora;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

struct Sizes {
  std::size_t batch, heads, kv_heads, queries, keys, width;
};

/// Plain loops: `added` has a number for each product, -inf where the key is hidden.
std::vector<double> attended(const Sizes& s, const Tensor& q, const Tensor& k, const Tensor& v,
                             const std::vector<double>& added, double scale) {
  const std::vector<double> Q = to_vector<double>(q), K = to_vector<double>(k), V = to_vector<double>(v);
  std::vector<double> y;
  for (std::size_t b = 0; b < s.batch; ++b) {
    for (std::size_t h = 0; h < s.heads; ++h) {
      const std::size_t from = (b * s.kv_heads + h / (s.heads / s.kv_heads)) * s.keys;
      for (std::size_t i = 0; i < s.queries; ++i) {
        const std::size_t row = (b * s.heads + h) * s.queries + i;
        std::vector<double> weight(s.keys), sum(s.width, 0);
        double total = 0;
        for (std::size_t j = 0; j < s.keys; ++j) {
          double product = 0;
          for (std::size_t c = 0; c < s.width; ++c) product += Q[row * s.width + c] * K[(from + j) * s.width + c];
          weight[j] = std::exp(scale * product + added[row * s.keys + j]);
          total += weight[j];
        }
        for (std::size_t j = 0; j < s.keys && total > 0; ++j) {
          for (std::size_t c = 0; c < s.width; ++c) sum[c] += weight[j] / total * V[(from + j) * s.width + c];
        }
        y.insert(y.end(), sum.begin(), sum.end());
      }
    }
  }
  return y;
}

}  // namespace

TEST_CASE("attention with any mask gives what plain loops give, for grouped heads and queries that see nothing") {
  const Sizes s{2, 4, 2, 3, 5, 6};
  Generator g(1);
  const Tensor q = uniform({2, 4, 3, 6}, -1, 1, g, float64), k = uniform({2, 2, 5, 6}, -1, 1, g, float64),
               v = uniform({2, 2, 5, 6}, -1, 1, g, float64);
  for (const Shape& shape :
       {Shape{2, 4, 3, 5}, Shape{2, 1, 1, 5}, Shape{4, 3, 5}, Shape{4, 1, 1}, Shape{3, 5}, Shape{5}}) {
    for (const bool causal : {false, true}) {
      const Tensor bias = uniform(shape, -1, 1, g, float64);
      const Tensor visible = less(uniform(shape, -1, 1, g, float64), zeros({}, float64));
      const Tensor hidden = full({}, -inf, float64), zero = zeros({}, float64);
      const std::vector<std::pair<Tensor, Tensor>> masks{{visible, where(visible, zero, hidden)},
                                                         {bias, bias},
                                                         {where(visible, bias, hidden), where(visible, bias, hidden)}};
      for (const auto& [mask, added] : masks) {
        std::vector<double> each = to_vector<double>(broadcast_to(added, {2, 4, 3, 5}));
        for (std::size_t at = 0; at < each.size(); ++at) {
          if (causal && at % 5 > at / 5 % 3 + 2) each[at] = -inf;
        }
        const AttentionOptions options{.causal = causal, .scale = 0.7, .attn_mask = mask};
        const std::vector<double> expected = attended(s, q, k, v, each, 0.7);
        CHECK(close(to_vector<double>(scaled_dot_product_attention(q, k, v, options)), expected, 1e-13));
        CHECK(close(to_vector<double>(attention_composed(q, k, v, options)), expected, 1e-13));
        const Tensor weights = attention_weights(q, k, options);
        const Tensor repeated = repeat_interleave(v, 2, 1);
        CHECK(close(to_vector<double>(matmul(weights, repeated)), expected, 1e-13));
      }
    }
  }
}

TEST_CASE("a mask that hides nothing gives what no mask gives, and one of the future what causal gives") {
  Generator g(2);
  const Tensor q = uniform({2, 2, 3, 4}, -1, 1, g, float64), k = uniform({2, 2, 5, 4}, -1, 1, g, float64);
  const std::vector<double> plain = to_vector<double>(scaled_dot_product_attention(q, k, k));
  CHECK(
      close(to_vector<double>(scaled_dot_product_attention(q, k, k, {.attn_mask = ones({}, boolean)})), plain, 1e-13));
  const Tensor past = tril(ones({3, 5}, float64), 2);
  const std::vector<double> causal = to_vector<double>(scaled_dot_product_attention(q, k, k, {.causal = true}));
  CHECK(
      close(to_vector<double>(scaled_dot_product_attention(q, k, k, {.attn_mask = to(past, boolean)})), causal, 1e-13));
}

TEST_CASE("hidden keys get no gradient, even if they are NaN, nor does a query that sees none") {
  Generator g(3);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor q = requires_grad(uniform({1, 1, 2, 3}, -1, 1, g, float64));
  const Tensor k = requires_grad(uniform({1, 1, 3, 3}, -1, 1, g, float64));
  const Tensor v = requires_grad(uniform({1, 1, 3, 3}, -1, 1, g, float64));
  const std::vector<std::uint8_t> seen{0, 1, 1, 0, 0, 0};
  const Tensor mask = to(tensor(seen, {2, 3}, default_device()), boolean);
  const Tensor y = scaled_dot_product_attention(q, k, v, {.attn_mask = mask});
  CHECK(to_vector<double>(select(y, 2, 1)) == std::vector<double>(3, 0));
  const Tensors grads = gradients({y}, {q, k, v}, {.gradients = {ones({1, 1, 2, 3}, float64)}});
  CHECK(to_vector<double>(select(grads[0], 2, 1)) == std::vector<double>(3, 0));
  for (const Tensor& of_keys : {grads[1], grads[2]})
    CHECK(to_vector<double>(select(of_keys, 2, 0)) == std::vector<double>(3, 0));
  // A product that is NaN is hidden before the softmax.
  const Tensor bad = index_fill(k.detach(), 2, tensor(std::vector<std::int64_t>{0}, {1}, default_device()), nan);
  CHECK(to_vector<double>(scaled_dot_product_attention(q.detach(), bad, v.detach(), {.attn_mask = mask})) ==
        to_vector<double>(y));
}

TEST_CASE("a padding mask hides what lies beyond each sequence's length") {
  const Tensor lengths = tensor(std::vector<std::int64_t>{2, 0, 5}, {3}, default_device());
  const Tensor mask = padding_mask(lengths, 3);
  CHECK(mask.shape() == Shape{3, 1, 1, 3});
  CHECK(to_vector<double>(mask) == std::vector<double>{1, 1, 0, 0, 0, 0, 1, 1, 1});
  Generator g(4);
  const Tensor q = uniform({3, 2, 3, 4}, -1, 1, g, float64);
  const Tensor y = scaled_dot_product_attention(q, q, q, {.attn_mask = mask});
  const Tensor cut = slice(slice(q, 0, 0, 1), 2, 0, 2);
  CHECK(close(to_vector<double>(slice(slice(y, 0, 0, 1), 2, 0, 2)),
              to_vector<double>(scaled_dot_product_attention(cut, cut, cut)), 1e-13));
}

TEST_CASE("attention refuses masks that do not fit") {
  const Tensor q = zeros({2, 4, 3, 5}), k = zeros({2, 2, 6, 5});
  auto with = [=](const Tensor& mask) { return [=] { scaled_dot_product_attention(q, k, k, {.attn_mask = mask}); }; };
  check_refused({
      {"scaled_dot_product_attention: the mask", with(ones({3, 5}, boolean))},
      {"scaled_dot_product_attention: the mask", with(ones({2, 3, 6}, boolean))},
      {"scaled_dot_product_attention: the mask", with(ones({1, 2, 4, 3, 6}, boolean))},
      {"scaled_dot_product_attention: the mask", with(ones({3, 6}, int64))},
      {"scaled_dot_product_attention", with(to(ones({3, 6}), meta))},
      {"attention_composed: the mask", [=] { attention_composed(q, k, k, {.attn_mask = ones({2}, boolean)}); }},
      {"attention_weights: the mask", [=] { attention_weights(q, k, {.attn_mask = ones({2}, boolean)}); }},
      {"padding_mask", [] { padding_mask(ones({2}), 3); }},
      {"padding_mask",
       [] {
         padding_mask(ones({2, 2}, int64), 3);
       }},
      {"padding_mask", [] { padding_mask(ones({2}, int64), -1); }},
  });
}
