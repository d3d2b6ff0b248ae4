#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "../data/batches.h"
#include "passes.h"
#include "trainer.h"

namespace adora {

struct DocumentTraining {
  std::int64_t batch_size = 16;                       ///< documents a step
  std::optional<std::int64_t> micro_batch_size = {};  ///< documents at a time; the batch size unless given
  std::int64_t epochs = 0;                            ///< 0: the trainer's number of steps is what ends
  bool shuffle = true;
  bool group_by_length = false;  ///< documents of like lengths together, in batches that are shuffled; with `shuffle`
  std::uint64_t seed = 0;        ///< of the order
  /// Documents of a part one after the other in one row, each for itself as ever, without padding. Not with CUDA
  /// graphs.
  bool packed = false;
  bool cuda_graphs = false;
};

/// The gradients of a language model's training on documents: each step a batch of them, taken in micro-batches, with
/// the mean loss over the batch's target tokens.
class CausalLmGradients final : public StepGradients {
 public:
  /// All of these outlive it. `dropout` draws the masks in the model, or is null: so each document gets the masks that
  /// it would have had in the whole batch.
  CausalLmGradients(CausalLm& model, Optimizer& optimizer, const std::vector<Document>& documents,
                    DocumentTraining options, Generator* dropout = nullptr);

  Result compute(std::int64_t step) override;
  double try_out(std::int64_t step) override;

 private:
  std::pair<TokenBatch, Generator::Part> part_of(const std::vector<std::size_t>& chosen,
                                                 const std::vector<std::size_t>& part, std::size_t begin,
                                                 const TokenCount& count) const;

  CausalLm& model_;
  const std::vector<Document>& documents_;
  DocumentTraining options_;
  Generator* dropout_;
  std::unique_ptr<Passes> passes_;
  BatchOrder order_;
};

/// Steps until every document was seen `epochs` times.
std::int64_t steps_of_epochs(std::size_t documents, std::int64_t batch_size, std::int64_t epochs);

}  // namespace adora
