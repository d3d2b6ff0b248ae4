#include "packing.h"

#include <deque>
#include <stdexcept>

namespace adora::tiny_world {

Rows pretraining_rows(const World& world, const Vocabulary& vocabulary, Generator& generator, std::size_t count,
                      std::size_t length, const TextMix& mix) {
  Rows rows;
  rows.count = count;
  rows.length = length;
  // Documents that did not fit into the last row wait for one that they fit into.
  std::deque<Document> waiting;
  for (std::size_t row = 0; row < count; ++row) {
    const std::size_t end = (row + 1) * length;
    while (waiting.size() < 32) waiting.push_back(pretraining_document(world, generator, mix));
    for (auto document = waiting.begin(); document != waiting.end();) {
      const std::size_t size = document->words.size() + 2;
      if (size > length) throw std::runtime_error("tiny_world: a document is longer than a row");
      if (rows.tokens.size() + size > end) {
        ++document;
        continue;
      }
      rows.tokens.push_back(vocabulary.bos());
      rows.weights.push_back(0.0f);
      for (std::size_t i = 0; i < document->words.size(); ++i) {
        rows.tokens.push_back(vocabulary.id(document->words[i]));
        rows.weights.push_back(document->weights[i]);
      }
      rows.tokens.push_back(vocabulary.eos());
      rows.weights.push_back(mix.frame_weight);
      document = waiting.erase(document);
    }
    rows.tokens.resize(end, vocabulary.pad());
    rows.weights.resize(end, 0.0f);
  }
  return rows;
}

}  // namespace adora::tiny_world
