#pragma once
#include <map>
#include <string>
#include <vector>

#include "../../nn/adapters/weight_change.h"
#include "../../nn/models/causal_lm.h"

namespace adora::finetune {

/// "q_proj" of "model.layers.0.self_attn.q_proj".
inline std::string module_kind(const std::string& module) { return module.substr(module.rfind('.') + 1); }

/// How far training has moved the weights that it adapts: those under an adapter, or with full fine-tuning the modules
/// that an adapter would go on, of whose weights a copy is kept from the beginning.
class PatternWatch {
 public:
  /// Before the first step. `modules` are what full fine-tuning watches.
  PatternWatch(CausalLm& model, const std::string& method, const std::vector<std::string>& modules);

  /// Since then, by module.
  std::map<std::string, WeightChange> changes() const;

  /// Whether a step of a run of `total` is looked at: the first, the last, and some fifty in all, so that looking costs
  /// a small part of the training.
  static bool watches(std::int64_t step, std::int64_t total);

 private:
  struct Kept {
    std::string name;
    AdaptableLayer* layer;
    Tensor before;
  };
  CausalLm& model_;
  std::vector<Kept> kept_;  ///< with full fine-tuning
};

}  // namespace adora::finetune
