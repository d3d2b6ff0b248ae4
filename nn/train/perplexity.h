#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "../models/causal_lm.h"

namespace adora {

/// How well a model predicts tokens.
struct PredictionLoss {
  double sum = 0;           ///< of -log p over the tokens that are predicted, in nats
  std::int64_t tokens = 0;  ///< so many

  double mean() const { return tokens > 0 ? sum / static_cast<double>(tokens) : 0; }
  /// exp(mean()): as many equally likely tokens would be as hard to choose from.
  double perplexity() const;
};

/// Of a text longer than the model reads at once: windows of `context` tokens, each `stride` after the one before. Each
/// token but the first is predicted once, by the first window that has it; the later windows' first context - stride
/// tokens are only read. 1 ≤ stride < context. In transformers' guide on perplexity of models of fixed length it is the
/// same. `done` is told how many tokens have been predicted, after each window.
PredictionLoss windowed_loss(CausalLm& model, const std::vector<std::int64_t>& tokens, std::int64_t context,
                             std::int64_t stride, const std::function<void(std::int64_t)>& done = {});

}  // namespace adora
