#pragma once
#include "../../nn/optim/optimizer.h"
#include "../../nn/train/causal_lm_gradients.h"
#include "settings.h"

namespace adora::finetune {

/// How many steps the settings make of so many documents.
std::int64_t steps_of(const Settings& settings, std::size_t documents);

/// The training of a model that the settings ask for: its optimizer, where its gradients come from, and its trainer.
/// The model and the documents outlive it.
class FineTuning {
 public:
  /// `dropout` draws the masks of the model's adapters; null where there are none. Of the options those that follow
  /// from the settings are filled in here.
  FineTuning(CausalLm& model, const std::vector<Document>& documents, const Settings& settings, Generator* dropout,
             TrainerOptions options = {});

  Trainer& trainer() { return trainer_; }

 private:
  std::unique_ptr<Optimizer> optimizer_;
  CausalLmGradients gradients_;
  Trainer trainer_;
};

}  // namespace adora::finetune
