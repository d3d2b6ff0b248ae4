// Text from a model: the loop over the cache against the whole text's logits, and draws against their probabilities.
#include <algorithm>
#include <cmath>
#include <map>

#include "but_elementwise.h"
#include "catch.h"
#include "ops/elementwise/log.h"
#include "small_llama.h"

using namespace adora;

namespace {

using Ids = std::vector<std::int64_t>;

// The likeliest token after `text` by the logits of the whole of it.
std::int64_t likeliest_after(const Llama& model, const Ids& text) {
  NoGrad no_grad;
  const auto length = static_cast<std::int64_t>(text.size());
  const auto row = to_vector<double>(select(select(model.logits(tensor(text, {1, length})), 0, 0), 0, length - 1));
  return std::max_element(row.begin(), row.end()) - row.begin();
}

Ids continued_one_by_one(const Llama& model, Ids text, std::int64_t count) {
  const Ids& ends = model.config().eos_token_id;
  for (std::int64_t i = 0; i < count; ++i) {
    text.push_back(likeliest_after(model, text));
    if (std::find(ends.begin(), ends.end(), text.back()) != ends.end()) break;
  }
  return text;
}

}  // namespace

TEST_CASE("prompts continued as one batch are those continued alone without a cache, up to an end token") {
  LlamaConfig config = small_llama_config();
  Generator generator(0);
  const std::vector<Ids> prompts = {{1, 5, 3, 2}, {7}, {4, 9, 10}};
  {
    Llama model(config, {.dtype = float64});
    set_small_llama_weights(model);
    const auto texts = generate(model, prompts, 6);
    for (std::size_t i = 0; i < prompts.size(); ++i) CHECK(texts[i] == continued_one_by_one(model, prompts[i], 6));
    // Whatever the second text adds second ends the texts from here on.
    config.eos_token_id = {texts[1][2]};
  }
  Llama model(config, {.dtype = float64});
  set_small_llama_weights(model);
  const auto texts = generate(model, prompts, 6);
  CHECK(texts[1].size() <= 3);
  for (std::size_t i = 0; i < prompts.size(); ++i) CHECK(texts[i] == continued_one_by_one(model, prompts[i], 6));
}

TEST_CASE("no prompts and no new tokens are no work, and an empty prompt is an error") {
  Generator generator(0);
  const Llama model(small_llama_config(), {.dtype = float32});
  CHECK(generate(model, {}, 5).empty());
  CHECK(generate(model, {{1, 2}}, 0) == std::vector<Ids>{{1, 2}});
  CHECK_THROWS_AS(generate(model, {{}}, 5), Error);
  CHECK_THROWS_AS(generate(model, {{1}, {}}, 5), Error);
  CHECK_THROWS_AS(generate(model, {{1}}, -1), Error);
  CHECK_THROWS_AS(sample(tensor<float>({1, 2}), {}, generator), Error);
}

TEST_CASE("tokens are drawn as often as the softmax of the tempered logits says, within top_k and top_p", "[long]") {
  const Tensor logits = log(tensor<float>({0.1f, 0.4f, 0.2f, 0.3f}));
  const std::int64_t rows = 20000;
  const Tensor many = contiguous(broadcast_to(logits, {rows, 4}));
  auto shares = [&](const Sampling& sampling) {
    Generator generator(7);
    std::vector<double> share(4, 0.0);
    for (const std::int64_t token : sample(many, sampling, generator))
      share[static_cast<std::size_t>(token)] += 1.0 / static_cast<double>(rows);
    return share;
  };
  auto near = [](const std::vector<double>& found, const std::vector<double>& wanted) {
    for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(std::abs(found[i] - wanted[i]) < 0.015);
  };
  near(shares({.temperature = 1}), {0.1, 0.4, 0.2, 0.3});
  const double sum = 0.01 + 0.16 + 0.04 + 0.09;  // at temperature 0.5 the probabilities are squared
  near(shares({.temperature = 0.5}), {0.01 / sum, 0.16 / sum, 0.04 / sum, 0.09 / sum});
  near(shares({.temperature = 1, .top_k = 2}), {0, 0.4 / 0.7, 0, 0.3 / 0.7});
  near(shares({.temperature = 1, .top_p = 0.75}), {0, 0.4 / 0.9, 0.2 / 0.9, 0.3 / 0.9});
  near(shares({.temperature = 0}), {0, 1, 0, 0});
}

TEST_CASE("a text ends at tokens that the caller names, and when the caller says so") {
  Llama model(small_llama_config(), {.dtype = float64});
  set_small_llama_weights(model);
  Generator unused(0);
  const Ids whole = continued_one_by_one(model, {1, 5, 3}, 6);
  REQUIRE(whole.size() == 9);
  const auto until = std::find(whole.begin() + 3, whole.end(), whole[5]) + 1;
  CHECK(generate(model, {{1, 5, 3}}, {.max_new_tokens = 6, .ends = {whole[5]}}, unused).front() ==
        Ids(whole.begin(), until));
  Ids told;
  const auto texts = generate(model, {{1, 5, 3}},
                              {.max_new_tokens = 6,
                               .goes_on =
                                   [&](std::size_t, std::int64_t token) {
                                     told.push_back(token);
                                     return told.size() < 4;
                                   }},
                              unused);
  CHECK(texts.front() == Ids(whole.begin(), whole.begin() + 7));
  CHECK(told == Ids(whole.begin() + 3, whole.begin() + 7));
}

TEST_CASE("a growing text computes only what is new, and gives the logits of the whole") {
  Llama model(small_llama_config(), {.dtype = float64});
  set_small_llama_weights(model);
  NoGrad no_grad;
  GrowingText text(model, 40);
  const auto check_last = [&](const Tensor& logits) {
    const auto count = static_cast<std::int64_t>(text.tokens().size());
    const auto all = model.logits(tensor(text.tokens(), {1, count}));
    const auto wanted = to_vector<double>(select(select(all, 0, 0), 0, count - 1)), found = to_vector<double>(logits);
    REQUIRE(found.size() == wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(std::abs(found[i] - wanted[i]) < 1e-10);
  };
  check_last(text.read({1, 5, 3}));
  CHECK(text.computed() == 3);
  check_last(text.add(7));
  check_last(text.read({1, 5, 3, 7, 2, 9, 4, 8}));
  CHECK(text.computed() == 8);
  // Another end: what was behind the part in common is forgotten.
  check_last(text.read({1, 5, 3, 8, 8}));
  CHECK(text.computed() == 10);
  check_last(text.add(2));
  // The same text once more: its last token is computed anew.
  check_last(text.read({1, 5, 3, 8, 8, 2}));
  CHECK(text.computed() == 12);
  check_last(text.read({4}));
  CHECK_THROWS_AS(text.read({}), Error);
  CHECK_THROWS_AS(text.read(Ids(41, 1)), Error);
  check_last(text.read({4, 3}));
}

TEST_CASE("a step that fails leaves the cache where it was") {
  Llama model(small_llama_config(), {.dtype = float64});
  set_small_llama_weights(model);
  KvCache cache = model.make_cache(2, 8);
  model.prefill(tensor<std::int64_t>({1, 2, 3, 4}, {2, 2}), {2, 2}, cache);
  CHECK_THROWS_AS(model.decode(tensor<std::int64_t>({1, 99}), {0, 1}, cache), Error);
  CHECK_THROWS_AS(model.decode(tensor<std::int64_t>({1, 2}), {0, 0}, cache), Error);
  CHECK(cache.lengths == std::vector<std::int64_t>{2, 2});
}
