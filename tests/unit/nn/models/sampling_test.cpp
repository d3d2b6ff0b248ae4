// What becomes of logits before a token is drawn, against transformers (make_sampling.py) and by hand.
#include "../../../../nn/models/sampling.h"

#include <cmath>
#include <limits>

#include "../../../../ops/creation.h"
#include "../../../catch.h"

using namespace adora;

namespace {

constexpr float never = -std::numeric_limits<float>::infinity();
const std::vector<float> logits{2.0f, -1.0f, 0.5f, 3.0f, 2.5f, -3.0f, 0.0f, 1.9f};
const std::vector<std::int64_t> text{3, 1, 3, 6};

template <class Step> std::vector<float> after(Step&& step) {
  std::vector<float> copy = logits;
  step(std::span<float>(copy));
  return copy;
}

void check_near(const std::vector<float>& found, const std::vector<float>& wanted) {
  REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    INFO(i << ": " << found[i] << ", not " << wanted[i]);
    CHECK((found[i] == wanted[i] || std::abs(found[i] - wanted[i]) < 2e-6f));
  }
}

}  // namespace

TEST_CASE("sampling: each step makes of logits what transformers' does") {
  check_near(after([](auto x) { penalize_repetition(x, text, 1.3); }),
             {2.0f, -1.3f, 0.5f, 2.307692f, 2.5f, -3.0f, 0.0f, 1.9f});
  check_near(after([](auto x) { keep_top_k(x, 3); }), {2.0f, never, never, 3.0f, 2.5f, never, never, never});
  check_near(after([](auto x) { keep_top_p(x, 0.7); }), {2.0f, never, never, 3.0f, 2.5f, never, never, never});
  check_near(after([](auto x) { keep_min_p(x, 0.3); }), {2.0f, never, never, 3.0f, 2.5f, never, never, 1.9f});
}

TEST_CASE("sampling: the steps are taken in transformers' order") {
  check_near(after([](auto x) {
               penalize_repetition(x, text, 1.5);
               warp_logits(x, {.temperature = 0.7, .top_k = 5, .top_p = 0.9, .min_p = 0.25});
             }),
             {2.857143f, never, never, 2.857143f, 3.571429f, never, never, 2.714286f});
  check_near(after([](auto x) {
               penalize_repetition(x, text, 0.5);
               warp_logits(x, {.temperature = 2, .top_p = 0.8, .min_p = 0.1});
             }),
             {1.0f, never, never, 3.0f, 1.25f, never, never, never});
}

TEST_CASE("sampling: one token stays at least, and equally likely ones stay together") {
  check_near(after([](auto x) { keep_top_p(x, 1e-9); }), {never, never, never, 3.0f, never, never, never, never});
  check_near(after([](auto x) { keep_min_p(x, 1); }), {never, never, never, 3.0f, never, never, never, never});
  check_near(after([](auto x) { keep_top_k(x, 100); }), logits);
  std::vector<float> ties{1, 2, 2, 0};
  keep_top_k(ties, 1);
  check_near(ties, {never, 2, 2, never});
}

TEST_CASE("sampling: a penalty changes the likeliest token, too, and needs the texts") {
  Generator generator(0);
  const Tensor rows = tensor<float>({1.0f, 1.2f, -1.0f, 1.0f, 1.2f, -1.0f}, {2, 3});
  const std::vector<std::int64_t> first{1, 1}, second{0, 5000};
  CHECK(sample(rows, {.repetition_penalty = 1.5}, generator, {first, second}) == std::vector<std::int64_t>{0, 1});
  CHECK_THROWS_WITH(sample(rows, {.repetition_penalty = 1.5}, generator), Catch::Matchers::Contains("text of each"));
  CHECK_THROWS_WITH(sample(rows, {.repetition_penalty = 0}, generator), Catch::Matchers::Contains("penalty"));
  CHECK_THROWS_WITH(sample(rows, {.min_p = 1.5}, generator), Catch::Matchers::Contains("min_p"));
}
