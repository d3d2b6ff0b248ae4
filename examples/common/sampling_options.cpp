#include "sampling_options.h"

namespace adora::programs {

void SamplingOptions::add_options(Options& options) {
  options.integer("--max-new-tokens", max_new_tokens, {.low = 0, .high = 1 << 20},
                  "the most tokens to add; EOS ends the text too");
  options.texts("--stop", stops, "TEXT", "end in front of this text, where it comes; may be given several times");
  options.number("--repetition-penalty", sampling.repetition_penalty, above(0),
                 "logits of tokens that the text has, the prompt's included, are divided by it, negative ones "
                 "multiplied");
  options.number("--temperature", sampling.temperature, at_least(0),
                 "logits are divided by it; 0: the likeliest token");
  options.integer("--top-k", sampling.top_k, at_least(1), "draw from the k likeliest tokens (default: all)");
  options.number("--top-p", sampling.top_p, {.low = 0, .high = 1, .low_open = true},
                 "draw from the likeliest tokens that together have this probability");
  options.number("--min-p", sampling.min_p, {.low = 0, .high = 1},
                 "draw from the tokens of at least this share of the likeliest's probability");
  options.integer("--seed", seed, at_least(0), "of what is drawn");
}

}  // namespace adora::programs
