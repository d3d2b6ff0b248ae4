#include "../../numeric.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

struct Plain {
  std::vector<double> y, dq, dk, dv;
};

/// Attention and its gradients by plain loops in double.
Plain plain_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& upstream, bool causal,
                      double scale, std::int64_t window = 0, double cap = 0) {
  std::vector<double> pq = to_vector<double>(q), pk = to_vector<double>(k), pv = to_vector<double>(v);
  std::vector<double> g = to_vector<double>(upstream);
  auto batch = static_cast<std::size_t>(q.size(0)), heads = static_cast<std::size_t>(q.size(1));
  auto kv_heads = static_cast<std::size_t>(k.size(1)), queries = static_cast<std::size_t>(q.size(2));
  auto keys = static_cast<std::size_t>(k.size(2)), d = static_cast<std::size_t>(q.size(3));
  Plain result{std::vector<double>(pq.size()), std::vector<double>(pq.size()), std::vector<double>(pk.size()),
               std::vector<double>(pk.size())};
  for (std::size_t b = 0; b < batch; ++b) {
    for (std::size_t h = 0; h < heads; ++h) {
      std::size_t to_q = (b * heads + h) * queries * d, to_k = (b * kv_heads + h / (heads / kv_heads)) * keys * d;
      for (std::size_t i = 0; i < queries; ++i) {
        std::size_t seen = !causal ? keys : i + 1 + keys >= queries ? std::min(keys, i + 1 + keys - queries) : 0;
        const auto shown = static_cast<std::size_t>(window > 0 ? window : static_cast<std::int64_t>(keys));
        const std::size_t from = seen > shown ? seen - shown : 0;
        std::vector<double> p(seen), dp(seen), slope(seen, 1.0);
        double most = -1e300, total = 0, inner = 0;
        for (std::size_t j = from; j < seen; ++j) {
          for (std::size_t c = 0; c < d; ++c) p[j] += scale * pq[to_q + i * d + c] * pk[to_k + j * d + c];
          if (cap > 0) slope[j] = 1 - std::pow(std::tanh(p[j] / cap), 2), p[j] = cap * std::tanh(p[j] / cap);
          most = std::max(most, p[j]);
        }
        for (std::size_t j = from; j < seen; ++j) total += p[j] = std::exp(p[j] - most);
        for (std::size_t j = from; j < seen; ++j) {
          p[j] /= total;
          for (std::size_t c = 0; c < d; ++c) {
            result.y[to_q + i * d + c] += p[j] * pv[to_k + j * d + c];
            result.dv[to_k + j * d + c] += p[j] * g[to_q + i * d + c];
            dp[j] += g[to_q + i * d + c] * pv[to_k + j * d + c];
          }
          inner += p[j] * dp[j];
        }
        for (std::size_t j = from; j < seen; ++j) {
          for (std::size_t c = 0; c < d; ++c) {
            result.dq[to_q + i * d + c] += scale * slope[j] * p[j] * (dp[j] - inner) * pk[to_k + j * d + c];
            result.dk[to_k + j * d + c] += scale * slope[j] * p[j] * (dp[j] - inner) * pq[to_q + i * d + c];
          }
        }
      }
    }
  }
  return result;
}

struct Case {
  std::int64_t batch, heads, kv_heads, queries, keys, d;
  bool causal;
  std::int64_t window = 0;
  double softcap = 0;
};

void compare(const Case& c, DType dtype, double tolerance, bool views) {
  INFO("batch " << c.batch << ", heads " << c.heads << " and " << c.kv_heads << ", " << c.queries << " queries, "
                << c.keys << " keys of size " << c.d << ", causal " << c.causal << ", window " << c.window << ", cap "
                << c.softcap << ", " << name(dtype) << ", views " << views);
  Generator generator(7);
  auto make = [&](std::int64_t heads, std::int64_t tokens) {
    // As a model has them: [batch, tokens, heads, d] with the middle dimensions exchanged.
    if (views) return transpose(uniform({c.batch, tokens, heads, c.d}, -2, 2, generator, dtype), 1, 2);
    return uniform({c.batch, heads, tokens, c.d}, -2, 2, generator, dtype);
  };
  Tensor q = make(c.heads, c.queries), k = make(c.kv_heads, c.keys), v = make(c.kv_heads, c.keys);
  Tensor upstream = make(c.heads, c.queries);
  Plain expected = plain_attention(q, k, v, upstream, c.causal, 0.4, c.window, c.softcap);
  for (const Tensor& x : {q, k, v}) requires_grad(x);
  Tensor y = scaled_dot_product_attention(q, k, v,
                                          {.causal = c.causal, .scale = 0.4, .window = c.window, .softcap = c.softcap});
  CHECK(close(to_vector<double>(y), expected.y, tolerance));
  backward(y, upstream);
  const double least =
      c.keys == 1 || c.window == 1 ? 1 : 1e-30;  // a query that sees one key has no gradient but rounding
  CHECK(close(to_vector<double>(grad(q)), expected.dq, tolerance, least));
  CHECK(close(to_vector<double>(grad(k)), expected.dk, tolerance, least));
  CHECK(close(to_vector<double>(grad(v)), expected.dv, tolerance));
}

}  // namespace

TEST_CASE("attention and its gradients agree with plain loops") {
  const Case cases[] = {
      {2, 4, 4, 5, 5, 4, true},        {1, 4, 2, 6, 6, 8, true},          {2, 3, 1, 7, 7, 5, false},
      {1, 2, 2, 64, 64, 48, true},     {1, 2, 1, 65, 65, 17, true},       {1, 1, 1, 130, 200, 20, true},
      {1, 2, 2, 100, 37, 9, false},    {2, 2, 1, 3, 150, 33, true},       {1, 1, 1, 600, 600, 6, true},
      {2, 4, 2, 1, 77, 16, true},      {1, 2, 2, 1, 1, 3, true},          {1, 1, 1, 9, 4, 3, true},
      {1, 2, 1, 7, 7, 4, true, 3},     {1, 2, 1, 7, 7, 4, false, 0, 0.8}, {1, 2, 1, 150, 150, 6, true, 70, 1.5},
      {1, 1, 1, 70, 200, 5, true, 64}, {1, 1, 1, 520, 520, 4, true, 1},   {2, 2, 1, 1, 90, 8, true, 5, 0.5},
      {1, 1, 1, 9, 4, 3, true, 2, 2},  {1, 4, 1, 130, 130, 3, true, 500}};
  for (const Case& c : cases) {
    for (bool views : {false, true}) {
      compare(c, float64, 1e-12, views);
      compare(c, float32, 2e-5, views);
    }
  }
  compare(cases[3], bfloat16, 2e-2, true);
  compare(cases[9], float16, 3e-3, false);
  compare(cases[14], bfloat16, 2e-2, true);
}

TEST_CASE("the attention composed of ordinary operations agrees with plain loops") {
  Generator generator(8);
  for (auto [queries, keys, causal] : {std::tuple{5, 5, true}, {3, 6, true}, {6, 3, true}, {4, 7, false}}) {
    Tensor q = requires_grad(uniform({2, 4, queries, 3}, -2, 2, generator, float64));
    Tensor k = requires_grad(uniform({2, 2, keys, 3}, -2, 2, generator, float64));
    Tensor v = requires_grad(uniform({2, 2, keys, 3}, -2, 2, generator, float64));
    Tensor upstream = uniform(q.shape(), -1, 1, generator, float64);
    Plain expected = plain_attention(q, k, v, upstream, causal, 1 / std::sqrt(3.0));
    Tensor y = attention_composed(q, k, v, {.causal = causal});
    CHECK(close(to_vector<double>(y), expected.y, 1e-12));
    backward(y, upstream);
    CHECK(close(to_vector<double>(grad(q)), expected.dq, 1e-12));
    CHECK(close(to_vector<double>(grad(k)), expected.dk, 1e-12));
    CHECK(close(to_vector<double>(grad(v)), expected.dv, 1e-12));
  }
}

TEST_CASE("windows and caps that make no sense are refused") {
  const Tensor x = zeros({1, 1, 3, 4});
  auto refused = [&](const AttentionOptions& options, const char* says) {
    CHECK_THROWS_WITH(scaled_dot_product_attention(x, x, x, options), ContainsSubstring(says));
    CHECK_THROWS_WITH(attention_composed(x, x, x, options), ContainsSubstring(says));
  };
  refused({.causal = true, .window = -1}, "-1");
  refused({.window = 2}, "causal");
  refused({.softcap = -1}, "softcap");
  refused({.softcap = std::numeric_limits<double>::infinity()}, "softcap");
}

TEST_CASE("attention needs memory in proportion to the tokens, not to their square", "[long]") {
  Tensor q = requires_grad(zeros({1, 1, 4096, 8}));
  allocator(default_device()).drop_cache();  // a larger block that is free would be taken whole
  reset_peak_memory();
  std::size_t before = memory_stats().current;
  Tensor y = scaled_dot_product_attention(q, q, q, {.causal = true});
  // The output, the logarithms of the sums, and nothing else is kept.
  CHECK(memory_stats().current - before <= 4096 * 9 * 4 * 9 / 8);
  backward(y, ones(q.shape()));
  CHECK(memory_stats().peak - before < std::size_t{4096} * 4096);
}

TEST_CASE("scores that would overflow without the running maximum do not") {
  Tensor q = full({1, 1, 70, 4}, 30), k = full({1, 1, 70, 4}, 30), v = ones({1, 1, 70, 4});
  for (float y : to_vector<float>(scaled_dot_product_attention(q, k, v, {.causal = true}))) CHECK(y == Approx(1));
  for (float y : to_vector<float>(scaled_dot_product_attention(q, k * -1.0, v))) CHECK(y == Approx(1));
}

TEST_CASE("a query that sees no key gives zeros and zero gradients") {
  Generator generator(9);
  Tensor q = requires_grad(uniform({1, 1, 5, 3}, -1, 1, generator)),
         k = requires_grad(uniform({1, 1, 2, 3}, -1, 1, generator));
  Tensor y = scaled_dot_product_attention(q, k, k, {.causal = true});
  backward(y, ones(y.shape()));
  std::vector<float> out = to_vector<float>(y), dq = to_vector<float>(grad(q));
  for (std::size_t i = 0; i < 9; ++i) CHECK((out[i] == 0 && dq[i] == 0));
  CHECK(scaled_dot_product_attention(q, zeros({1, 1, 0, 3}), zeros({1, 1, 0, 3})).shape() == q.shape());
}

TEST_CASE("attention gives the same bits with any number of threads") {
  Generator generator(10);
  Tensor q = requires_grad(uniform({2, 4, 100, 16}, -1, 1, generator)),
         k = requires_grad(uniform({2, 2, 100, 16}, -1, 1, generator));
  int before = num_threads();
  std::vector<std::vector<float>> results;
  for (int threads : {1, 2, 3}) {
    set_num_threads(threads);
    for (const Tensor& x : {q, k}) clear_grad(x);
    Tensor y = scaled_dot_product_attention(q, k, k, {.causal = true});
    backward(y, y.detach());
    results.push_back(to_vector<float>(y));
    for (const Tensor& x : {q, k}) {
      std::vector<float> g = to_vector<float>(grad(x));
      results.back().insert(results.back().end(), g.begin(), g.end());
    }
  }
  set_num_threads(before);
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

TEST_CASE("of heads that are views of tokens' rows attention and rope make such views, and so are the gradients") {
  Generator generator(11);
  const Tensor rows = requires_grad(uniform({2, 9, 3, 8}, -1, 1, generator));
  const Tensor q = rope(transpose(rows, 1, 2));
  CHECK(transpose(q, 1, 2).is_contiguous());
  const Tensor y = scaled_dot_product_attention(q, transpose(rows, 1, 2), transpose(rows, 1, 2));
  CHECK(transpose(y, 1, 2).is_contiguous());
  const Tensor of_q = gradients({y}, {q}, {.gradients = {y.detach()}})[0];
  CHECK(transpose(of_q, 1, 2).is_contiguous());
}

TEST_CASE("attention says which shapes do not fit") {
  Tensor q = zeros({1, 3, 4, 8}), k = zeros({1, 2, 4, 8});
  CHECK_THROWS_WITH(scaled_dot_product_attention(q, k, k),
                    ContainsSubstring("[1, 3, 4, 8]") && ContainsSubstring("[1, 2, 4, 8]"));
}

TEST_CASE("attention of one tensor with itself has the second derivatives of the composed form") {
  Generator generator(5);
  const Tensor x = requires_grad(uniform({1, 2, 3, 4}, -1, 1, generator, float64));
  auto twice = [&](auto attend) {
    const Tensor y = attend(x, x, x, AttentionOptions{.causal = true});
    const Tensor g = gradients({sum(y * y)}, {x}, {.create_graph = true})[0];
    return to_vector<double>(gradients({sum(g * g)}, {x})[0]);
  };
  const std::vector<double> fused = twice(scaled_dot_product_attention), composed = twice(attention_composed);
  for (std::size_t i = 0; i < fused.size(); ++i) CHECK(fused[i] == Approx(composed[i]).epsilon(1e-9).margin(1e-9));
}

TEST_CASE(
    "gradients of attention in half types are as near to float64's where their pass is recorded as where it is not") {
  Generator generator(8);
  const Shape shape{1, 2, 6, 32};
  for (DType dtype : {float16, bfloat16}) {
    const Tensor q = to(normal(shape, 0, 20, generator), dtype), k = to(normal(shape, 0, 20, generator), dtype),
                 v = to(normal(shape, 0, 1, generator), dtype), g = to(normal(shape, 0, 1, generator), dtype);
    auto all = [&](DType compute, bool create_graph) {
      Tensors in;
      for (const Tensor& x : {q, k, v}) in.push_back(requires_grad(to(x, compute).detach()));
      const Tensor y = scaled_dot_product_attention(in[0], in[1], in[2], {.causal = true});
      return gradients({y}, in, {.create_graph = create_graph, .gradients = {to(g, compute)}});
    };
    const Tensors exact = all(float64, false), fused = all(dtype, false), composed = all(dtype, true);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(composed[i].dtype() == dtype);
      auto error = [&](const Tensor& found) {
        return item(norm(to(found.detach(), float64) - exact[i], {0, 1, 2, 3}));
      };
      CHECK(error(composed[i]) < 2 * error(fused[i]) + 1e-3 * item(norm(exact[i], {0, 1, 2, 3})));
    }
  }
}
