#pragma once
#include <functional>
#include <vector>

#include "../../nn/models/causal_lm.h"
#include "../../nn/optim/optimizer.h"
#include "documents.h"
#include "passes.h"
#include "report.h"
#include "settings.h"

namespace adora::finetune {

/// The steps of one fine-tuning: each a batch's loss and gradient, taken in micro-batches, and an update. What a step
/// does follows from the parameters, the optimizer's state, the generators in the model and the step's number alone, so
/// that a run can go on from any step.
class Training {
 public:
  Training(CausalLm& model, std::vector<NamedTensor> parameters, const std::vector<Document>& documents,
           const Settings& settings, Generator* dropout = nullptr);

  /// How many steps there are in all, and how many were done.
  std::int64_t total_steps() const { return total_; }
  std::int64_t done() const { return done_; }
  void set_done(std::int64_t steps) { done_ = steps; }

  /// Does the next step. `NotFinite` where its loss or its gradient is not finite; nothing has been changed then.
  StepRecord step();
  /// Throws `NotFinite` where the parameters or the optimizer's state hold a number that is not finite, or the loss of
  /// the first documents that come next is none. Costs about a forward pass: for where something is saved.
  void check_state();

  AdamW& optimizer() { return optimizer_; }

 private:
  std::int64_t micro_batch_size() const;

  CausalLm& model_;
  const std::vector<Document>& documents_;
  const Settings& settings_;
  Generator* dropout_;  ///< of the adapters' masks; null where there are none
  AdamW optimizer_;
  std::unique_ptr<Passes> passes_;
  BatchOrder order_;
  std::int64_t epochs_;  ///< 0 where the number of steps is what ends
  std::int64_t total_;
  std::int64_t done_ = 0;
};

}  // namespace adora::finetune
