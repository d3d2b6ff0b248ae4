#pragma once
// Not in adora.h: the library's own.
#include "../module.h"

namespace adora::detail {

/// Has a module in evaluation mode for as long as it lives, and then in the mode before, also where something throws.
class EvalMode {
 public:
  explicit EvalMode(Module& module) : module_(module), training_(module.training()) { module.eval(); }
  ~EvalMode() { module_.train(training_); }
  EvalMode(const EvalMode&) = delete;
  EvalMode& operator=(const EvalMode&) = delete;

 private:
  Module& module_;
  bool training_;
};

}  // namespace adora::detail
