#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "causal_lm.h"
#include "sampling.h"

namespace adora {

struct GenerateOptions {
  std::int64_t max_new_tokens = 64;
  Sampling sampling = {};
  /// Tokens that end a text besides those of the model's config: the tokenizer's EOS, where that is another.
  std::vector<std::int64_t> ends = {};
  /// Is told each token of a text as it comes; false ends that text with the token.
  std::function<bool(std::size_t text, std::int64_t token)> goes_on = {};
};

/// Each prompt (token numbers, one at least, BOS among them where the model wants it) and what the model adds to it: at
/// most `max_new_tokens`, the last of them an end token where the text ended before. The prompts are one batch, whose
/// cache grows to keys and values of at most rows · (longest prompt + max_new_tokens) tokens.
std::vector<std::vector<std::int64_t>> generate(const CausalLm& model,
                                                const std::vector<std::vector<std::int64_t>>& prompts,
                                                const GenerateOptions& options, Generator& generator);
/// The same with the likeliest token each time.
std::vector<std::vector<std::int64_t>> generate(const CausalLm& model,
                                                const std::vector<std::vector<std::int64_t>>& prompts,
                                                std::int64_t max_new_tokens);

/// One text that a model reads and continues, whose keys and values are kept from one reading to the next.
class GrowingText {
 public:
  /// Of at most `capacity` tokens, for which memory is taken as the text grows. The model must outlive this.
  GrowingText(const CausalLm& model, std::int64_t capacity);

  /// Makes the text that of these tokens, one at least; what it begins with as before is not computed again. The logits
  /// after the last of them, [1, vocabulary]. Throws `Error` where they are more than the capacity.
  Tensor read(const std::vector<std::int64_t>& tokens);
  /// Adds a token; the logits after it.
  Tensor add(std::int64_t token);
  const std::vector<std::int64_t>& tokens() const { return tokens_; }
  /// How many tokens have been computed in all.
  std::int64_t computed() const { return computed_; }

 private:
  const CausalLm& model_;
  KvCache cache_;
  std::vector<std::int64_t> tokens_;
  bool keeps_ = true;  ///< whether a part stays as it was when more follows
  std::int64_t computed_ = 0;
};

/// Whether a token ends a text: one of the model's config, or of `further`.
bool ends_text(const CausalLm& model, const std::vector<std::int64_t>& further, std::int64_t token);

}  // namespace adora
