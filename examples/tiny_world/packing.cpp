#include "packing.h"

#include "../../core/error.h"

namespace adora::tiny_world {

Rows Packer::rows(std::size_t count, std::size_t length, const TextMix& mix) {
  Rows rows;
  rows.count = count;
  rows.length = length;
  for (std::size_t row = 0; row < count; ++row) {
    const std::size_t end = (row + 1) * length;
    while (waiting_.size() < 32) waiting_.push_back(pretraining_document(world_, generator_, mix));
    for (auto document = waiting_.begin(); document != waiting_.end();) {
      const std::size_t size = document->words.size() + 2;
      if (size > length) fail("tiny_world: a document is longer than a row");
      if (rows.tokens.size() + size > end) {
        ++document;
        continue;
      }
      rows.tokens.push_back(vocabulary_.bos());
      rows.weights.push_back(0.0f);
      for (std::size_t i = 0; i < document->words.size(); ++i) {
        rows.tokens.push_back(vocabulary_.id(document->words[i]));
        rows.weights.push_back(document->weights[i]);
      }
      rows.tokens.push_back(vocabulary_.eos());
      rows.weights.push_back(mix.frame_weight);
      document = waiting_.erase(document);
    }
    rows.tokens.resize(end, vocabulary_.pad());
    rows.weights.resize(end, 0.0f);
  }
  return rows;
}

}  // namespace adora::tiny_world
