#pragma once
// The tiny transformer before it has read anything.

#include <memory>

#include "../../nn/models/causal_lm.h"
#include "recipe.h"
#include "vocabulary.h"

namespace adora::tiny_world {

// Its config.json.
Json config_of(const Recipe& recipe, const Vocabulary& vocabulary);

// On the CPU, in float32, with fresh weights from which answering is learned soon. Two things that a small transformer
// learns late, and suddenly, are there from the start: heads that look at the token before, and heads that look at
// tokens that are like their own. The second follows Trockman and Kolter, "Mimetic Initialization of Self-Attention
// Layers" (2023).
std::unique_ptr<CausalLm> make_fresh_model(const Recipe& recipe, const Vocabulary& vocabulary, Generator& generator);

}  // namespace adora::tiny_world
