#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "../../core/random.h"
#include "causal_lm.h"

namespace adora {

/// How a token is drawn from logits.
struct Sampling {
  double temperature = 0;                  ///< logits are divided by it; 0: the likeliest token is taken
  std::optional<std::int64_t> top_k = {};  ///< only the k likeliest tokens can be drawn; 1 or more
  std::optional<double> top_p =
      {};  ///< only the likeliest that together reach this probability, in (0, 1], can be drawn
};

/// A token drawn for each row of logits [rows, vocabulary] of any floating dtype, from the first row to the last. Among
/// equally likely tokens the first is likelier to be kept. An error where a number of `sampling` is out of its range,
/// or a logit NaN or infinite; -inf is a token that is never drawn.
std::vector<std::int64_t> sample(const Tensor& logits, const Sampling& sampling, Generator& generator);

/// Each prompt (token numbers, one at least, BOS among them where the model wants it) and what the model adds to it: at
/// most `max_new_tokens`, the last of them an end token of the model's config where the text ended before. The prompts
/// are one batch, whose cache grows to keys and values of at most rows · (longest prompt + max_new_tokens) tokens.
std::vector<std::vector<std::int64_t>> generate(const CausalLm& model,
                                                const std::vector<std::vector<std::int64_t>>& prompts,
                                                std::int64_t max_new_tokens, const Sampling& sampling,
                                                Generator& generator);
/// The same with the likeliest token each time.
std::vector<std::vector<std::int64_t>> generate(const CausalLm& model,
                                                const std::vector<std::vector<std::int64_t>>& prompts,
                                                std::int64_t max_new_tokens);

}  // namespace adora
