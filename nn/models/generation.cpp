#include "generation.h"

#include <algorithm>
#include <numeric>

#include "../../autograd/grad_mode.h"
#include "../../ops/creation.h"

namespace adora {

namespace {

using Ids = std::vector<std::int64_t>;

bool has(const Ids& tokens, std::int64_t token) {
  return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
}

// Prompts one under the other, the shorter ones padded at their end: [rows, longest].
Tensor padded(const std::vector<Ids>& prompts, const Ids& lengths) {
  const auto rows = static_cast<std::int64_t>(prompts.size());
  const std::int64_t longest = *std::max_element(lengths.begin(), lengths.end());
  Tensor tokens = zeros({rows, longest}, int64, cpu);
  for (std::int64_t row = 0; row < rows; ++row) {
    const Ids& prompt = prompts[static_cast<std::size_t>(row)];
    std::copy(prompt.begin(), prompt.end(), tokens.data<std::int64_t>() + row * longest);
  }
  return tokens;
}

}  // namespace

bool ends_text(const CausalLm& model, const Ids& further, std::int64_t token) {
  return has(model.config().eos_token_id, token) || has(further, token);
}

std::vector<Ids> generate(const CausalLm& model, const std::vector<Ids>& prompts, const GenerateOptions& options,
                          Generator& generator) {
  const std::int64_t max_new_tokens = options.max_new_tokens;
  check(max_new_tokens >= 0 && max_new_tokens <= std::int64_t{1} << 31,
        "generate: max_new_tokens must lie in 0 … 2^31, not {}", max_new_tokens);
  check_sampling(options.sampling);
  if (prompts.empty() || max_new_tokens == 0) return prompts;
  NoGrad no_grad;
  std::vector<Ids> texts = prompts;
  Ids lengths;
  for (const Ids& prompt : prompts) lengths.push_back(static_cast<std::int64_t>(prompt.size()));
  const Tensor tokens = padded(prompts, lengths);
  KvCache cache = model.make_cache(tokens.size(0), tokens.size(1) + max_new_tokens);
  Tensor logits = model.prefill(tokens, lengths, cache);
  Ids rows(prompts.size());  // those that go on; logits has one row for each
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  for (std::int64_t added = 1;; ++added) {
    std::vector<std::span<const std::int64_t>> before;
    for (const std::int64_t row : rows) before.emplace_back(texts[static_cast<std::size_t>(row)]);
    const Ids next = sample(logits, options.sampling, generator, before);
    Ids going, last;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = static_cast<std::size_t>(rows[i]);
      texts[row].push_back(next[i]);
      const bool goes_on = !options.goes_on || options.goes_on(row, next[i]);
      if (!goes_on || ends_text(model, options.ends, next[i])) continue;
      going.push_back(rows[i]);
      last.push_back(next[i]);
    }
    if (going.empty() || added == max_new_tokens) return texts;
    rows = std::move(going);
    logits = model.decode(tensor(last, {static_cast<std::int64_t>(last.size())}), rows, cache);
  }
}

std::vector<Ids> generate(const CausalLm& model, const std::vector<Ids>& prompts, std::int64_t max_new_tokens) {
  Generator unused(0);
  return generate(model, prompts, {.max_new_tokens = max_new_tokens}, unused);
}

GrowingText::GrowingText(const CausalLm& model, std::int64_t capacity)
    : model_(model), cache_(model.make_cache(1, capacity)) {
  // Where angles depend on a text's length, those of its first tokens change with it.
  for (const KvCache::Layer& layer : cache_.layers) keeps_ = keeps_ && !(layer.rope && layer.rope->depends_on_length());
}

Tensor GrowingText::read(const Ids& tokens) {
  check(!tokens.empty(), "GrowingText: a text without a token can't be read");
  std::size_t same = 0;
  // The last token's logits are wanted in any case.
  if (keeps_)
    while (same + 1 < tokens.size() && same < tokens_.size() && tokens[same] == tokens_[same]) ++same;
  tokens_.resize(same);
  cache_.lengths = {static_cast<std::int64_t>(same)};
  const auto count = static_cast<std::int64_t>(tokens.size() - same);
  const Ids more(tokens.begin() + static_cast<std::ptrdiff_t>(same), tokens.end());
  Tensor logits = model_.prefill(tensor(more, {1, count}), {count}, cache_);
  tokens_ = tokens;
  computed_ += count;
  return logits;
}

Tensor GrowingText::add(std::int64_t token) {
  Tensor logits = model_.decode(tensor(Ids{token}, {1}), {0}, cache_);
  tokens_.push_back(token);
  ++computed_;
  return logits;
}

}  // namespace adora
