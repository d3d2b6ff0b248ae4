#pragma once
#include "../../core/tensor.h"
#include "documents.h"

namespace adora {

/// Which documents a step takes. Without shuffling in their order, from the top again when they run
/// out; with shuffling each epoch in an order of its own, which follows from the seed and the epoch alone, so that
/// a run can go on anywhere.
class BatchOrder {
 public:
  BatchOrder(std::size_t documents, std::size_t batch_size, bool shuffle, std::uint64_t seed)
      : documents_(documents), batch_size_(batch_size), shuffle_(shuffle), seed_(seed) {}
  /// Shuffled so that the documents of a batch are of like lengths, and little is padded: of 50 batches' documents at a
  /// time, drawn at random, those next to one another by length go together, and then the batches are shuffled. Where
  /// an epoch ends within a batch, what of that batch belongs to it has any lengths.
  BatchOrder(std::vector<std::size_t> lengths, std::size_t batch_size, std::uint64_t seed)
      : BatchOrder(lengths.size(), batch_size, true, seed) {
    lengths_ = std::move(lengths);
  }

  /// Steps until every document was seen `epochs` times.
  std::int64_t steps(std::int64_t epochs) const;
  /// The documents of a step, counted from 0. Documents after `epochs` epochs are left out; 0: there is no end.
  std::vector<std::size_t> batch(std::int64_t step, std::int64_t epochs);

 private:
  void group_by_length(std::int64_t epoch);

  std::size_t documents_, batch_size_;
  bool shuffle_;
  std::uint64_t seed_;
  std::int64_t epoch_ = -1;
  std::vector<std::size_t> order_;    ///< of `epoch_`
  std::vector<std::size_t> lengths_;  ///< empty: not looked at
};

/// Documents side by side, padded on the right, or one after the other in a single row; targets[i, t] is the token
/// after tokens[i, t], or -100 where there is none to predict.
struct TokenBatch {
  Tensor tokens;                         ///< int64 [documents, longest - 1], or [1, the sum of all lengths - 1]
  Tensor targets;                        ///< int64, the same shape
  std::vector<std::int64_t> texts = {};  ///< of a single row: the documents' lengths - 1
};
/// `at_least` tokens long, where all are shorter.
TokenBatch make_batch(const std::vector<Document>& documents, const std::vector<std::size_t>& chosen,
                      std::size_t at_least = 0);

/// In a single row, without padding.
TokenBatch make_packed_batch(const std::vector<Document>& documents, const std::vector<std::size_t>& chosen);

/// How many tokens of the chosen documents are predicted, how many there are, and in the longest.
struct TokenCount {
  std::int64_t targets = 0;
  std::int64_t tokens = 0;
  std::size_t longest = 0;  ///< tokens of one document
};
TokenCount count_tokens(const std::vector<Document>& documents, const std::vector<std::size_t>& chosen);

}  // namespace adora
