#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "../../core/random.h"
#include "../../core/tensor.h"

namespace adora {

/// How a token is drawn from logits, in the order in which transformers takes these steps.
struct Sampling {
  double repetition_penalty = 1;  ///< of tokens that the text has; above 0, 1: none
  double temperature = 0;         ///< logits are divided by it; 0: the likeliest token is taken, of what is left above
  std::optional<std::int64_t> top_k = {};  ///< only the k likeliest tokens can be drawn; 1 or more
  /// Only the likeliest that together reach this probability, in (0, 1], can be drawn.
  std::optional<double> top_p = {};
  std::optional<double> min_p = {};  ///< only those of at least this share of the likeliest's probability, 0 to 1
};

// The steps, each on the logits of the whole vocabulary; -inf is a token that is never drawn. Those that leave tokens
// out keep one at least, and all that are as likely as the last one kept (but for top_p, where the first of them is).

/// The logits of tokens that a text has: divided by the penalty where they are positive, multiplied otherwise
/// (Keskar et al., "CTRL", 2019). Each once, however often the text has it.
void penalize_repetition(std::span<float> logits, std::span<const std::int64_t> text, double penalty);
void keep_top_k(std::span<float> logits, std::int64_t k);
/// "Nucleus sampling" (Holtzman et al. 2020).
void keep_top_p(std::span<float> logits, double p);
/// Nguyen et al., "Turning up the heat" (2024).
void keep_min_p(std::span<float> logits, double p);
/// All steps that `sampling` asks for but the penalty, with a temperature above 0.
void warp_logits(std::span<float> logits, const Sampling& sampling);

/// A token drawn for each row of logits [rows, vocabulary] of any floating dtype, from the first row to the last.
/// `texts` are what each row continues, for the penalty; none where there is no penalty. An error where a number of
/// `sampling` is out of its range, or a logit NaN or infinite; -inf is a token that is never drawn.
std::vector<std::int64_t> sample(const Tensor& logits, const Sampling& sampling, Generator& generator,
                                 const std::vector<std::span<const std::int64_t>>& texts = {});

/// Throws `Error` where a number is out of its range.
void check_sampling(const Sampling& sampling);

}  // namespace adora
