#pragma once
// Fresh weights from which answering is learned soon.

#include "../../nn/models/llama.h"

namespace adora::tiny_world {

struct InitialWeights {
  double deviation = 0.09;  // of every weight but those that write into the residual stream
  double writing = 0.006;   // of those: small, so that tokens are still themselves in the last layer
  double common = 0.05;     // a part that all embeddings share: what positions are told apart by
  double previous = 1.8;    // how sharply the first two heads of the first layer look at the token before
  double likeness = 0.9;    // how alike queries and keys are in half of the later heads
  double sharpness = 1.8;   // of those heads
  std::size_t turned = 5;   // pairs of theirs in which the key points away from the query
  double copying = 0.1;     // how much attention hands on of what it looks at
};

// Two things that a small transformer learns late, and suddenly, are there from the start: heads that look at the
// token before, and heads that look at tokens that are like their own. The second follows Trockman and Kolter,
// "Mimetic Initialization of Self-Attention Layers" (2023). The model has tied embeddings and float32 weights.
void set_initial_weights(Llama& model, const InitialWeights& initial, Generator& generator);

}  // namespace adora::tiny_world
