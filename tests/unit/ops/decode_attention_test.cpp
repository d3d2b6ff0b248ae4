#include "../../catch.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

/// A cache of two texts for four tokens each, and the new tokens of both, with six heads on two key heads.
struct Step {
  Tensor q, k, v, keys, values, rotations, rows = tensor<std::int64_t>({1, 0}),
                                           positions = tensor<std::int64_t>({2, 0});
  explicit Step(DType dtype = float64) {
    Generator g(3);
    auto random = [&](const Shape& shape) { return to(uniform(shape, -1, 1, g, float64), dtype); };
    q = random({2, 6, 4}), k = random({2, 2, 4}), v = random({2, 2, 4});
    keys = random({2, 2, 4, 4}), values = random({2, 2, 4, 4});
    Tensor pairs = zeros({4, 4}, dtype == float64 ? float64 : float32);
    fill_(slice(pairs, 1, 0, 2), 1);
    rotations = rope(pairs);
  }
  Tensor attend() const { return decode_attention(q, k, v, rotations, keys, values, rows, positions, {.scale = 0.6}); }
};

}  // namespace

TEST_CASE("a new token's attention over the cache is that of the last row of attention over all tokens") {
  for (auto [dtype, tolerance] : {std::pair{float64, 1e-14}, {float32, 1e-6}, {bfloat16, 1e-2}}) {
    const Step step(dtype);
    const Tensor keys = clone(step.keys), values = clone(step.values), y = step.attend();
    for (std::int64_t i = 0; i < 2; ++i) {
      const std::int64_t row = i == 0 ? 1 : 0, position = i == 0 ? 2 : 0;
      auto token = [&](const Tensor& x) { return unsqueeze(unsqueeze(select(x, 0, i), 1), 0); };  // [1, heads, 1, 4]
      auto before = [&](const Tensor& cache) { return slice(slice(cache, 0, row, row + 1), 2, 0, position); };
      const RopeOptions here{.start = position};
      const Tensor all_keys = cat({before(keys), rope(token(step.k), here)}, 2);
      const Tensor all_values = cat({before(values), token(step.v)}, 2);
      const Tensor expected = attention_composed(rope(token(step.q), here), all_keys, all_values, {.scale = 0.6});
      const auto a = to_vector<double>(select(y, 0, i)), b = to_vector<double>(expected);
      for (std::size_t e = 0; e < a.size(); ++e) CHECK(a[e] == Approx(b[e]).margin(tolerance));
      // And the cache has the token now, and is otherwise as it was.
      auto kept = [&](const Tensor& cache) { return to_vector<double>(select(select(cache, 0, row), 1, position)); };
      const auto turned = to_vector<double>(rope(token(step.k), here)), found = kept(step.keys);
      for (std::size_t e = 0; e < turned.size(); ++e) CHECK(found[e] == Approx(turned[e]).margin(tolerance));
      CHECK(kept(step.values) == to_vector<double>(select(step.v, 0, i)));
    }
    CHECK(to_vector<double>(slice(step.keys, 2, 3, 4)) == to_vector<double>(slice(keys, 2, 3, 4)));
  }
}

TEST_CASE("a change of the cache by a new token is noticed by a backward pass that needs what it was") {
  const Step step;
  const Tensor weight = requires_grad(ones({4}, float64));
  const Tensor y = sum(step.keys * weight);
  step.attend();
  CHECK_THROWS_WITH(backward(y), ContainsSubstring("changed"));
}

TEST_CASE("attention over the cache has no gradient and refuses inputs that want one") {
  const Step step;
  for (const Tensor& x : {step.q, step.k, step.v, step.keys}) {
    requires_grad(x);
    CHECK_THROWS_WITH(step.attend(), ContainsSubstring("decode_attention") && ContainsSubstring("has no gradient"));
    NoGrad no_grad;
    CHECK_NOTHROW(step.attend());
    requires_grad(x, false);
  }
}

TEST_CASE("attention over the cache says what does not fit, and leaves the cache as it was") {
  auto refused = [](auto change, const char* why) {
    Step step;
    change(step);
    const auto before = to_vector<double>(step.keys);
    CHECK_THROWS_WITH(step.attend(), ContainsSubstring("decode_attention") && ContainsSubstring(why));
    CHECK(to_vector<double>(step.keys) == before);
  };
  refused([](Step& s) { s.positions = tensor<std::int64_t>({2, 4}); }, "positions has 4");
  refused([](Step& s) { s.rows = tensor<std::int64_t>({-1, 0}); }, "rows has -1");
  refused([](Step& s) { s.rows = tensor<std::int32_t>({1, 0}); }, "int64 [2]");
  refused([](Step& s) { s.rows = tensor<std::int64_t>({1}); }, "int64 [2]");
  refused([](Step& s) { s.q = zeros({2, 5, 4}, float64); }, "[2, 5, 4]");
  refused([](Step& s) { s.k = to(s.k, float32); }, "one dtype");
  refused([](Step& s) { s.rotations = zeros({3, 4}, float64); }, "[3, 4]");
  refused([](Step& s) { s.rotations = to(s.rotations, float32); }, "float64");
  refused([](Step& s) { s.keys = transpose(transpose(s.keys, 0, 1).detach(), 2, 3); }, "row by row");
}
