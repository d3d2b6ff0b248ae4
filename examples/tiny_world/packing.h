#pragma once
// Documents in rows of one length, as a training step wants them.

#include <cstddef>
#include <cstdint>
#include <deque>
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

// Fills rows with whole documents, BOS before and EOS after each, and pads them. Documents that do not fit into a
// row wait for one that they fit into, in a later call too: long ones are as frequent as the mix has them.
class Packer {
 public:
  // All three must outlive it.
  Packer(const World& world, const Vocabulary& vocabulary, Generator& generator)
      : world_(world), vocabulary_(vocabulary), generator_(generator) {}

  // Throws `Error` where a document is longer than a row.
  Rows rows(std::size_t count, std::size_t length, const TextMix& mix);

 private:
  const World& world_;
  const Vocabulary& vocabulary_;
  Generator& generator_;
  std::deque<Document> waiting_;
};

}  // namespace adora::tiny_world
