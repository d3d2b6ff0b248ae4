#pragma once
// Documents in rows of one length, as a training step wants them.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pretraining.h"
#include "vocabulary.h"

namespace adora::tiny_world {

// Row after row; weights[i] is what predicting tokens[i] from what stands before it counts.
// BOS and padding weigh nothing.
struct Rows {
  std::size_t count = 0;
  std::size_t length = 0;
  std::vector<std::int64_t> tokens;
  std::vector<float> weights;
};

// Each row is filled with whole documents, BOS before and EOS after each, and padded.
Rows pretraining_rows(const World& world, const Vocabulary& vocabulary, Generator& generator, std::size_t count,
                      std::size_t length, const TextMix& mix);

}  // namespace adora::tiny_world
