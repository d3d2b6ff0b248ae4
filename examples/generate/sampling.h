#pragma once
#include <cstdint>
#include <optional>

#include "../../core/random.h"
#include "../../core/tensor.h"

namespace adora::generate {

/// How a token is drawn from logits.
struct Sampling {
  double temperature = 0;             ///< logits are divided by it; 0: the likeliest token is taken
  std::optional<std::int64_t> top_k;  ///< only the k likeliest tokens can be drawn
  std::optional<double> top_p;        ///< only the likeliest that together reach this probability can be drawn
};

/// A token drawn from logits [1, vocabulary] of any floating dtype. Among equally likely tokens the first is likelier
/// to be kept.
std::int64_t sample(const Tensor& logits, const Sampling& sampling, Generator& generator);

}  // namespace adora::generate
