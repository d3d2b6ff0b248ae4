#pragma once
// Not in adora.h: the library's own.
#include "node.h"

namespace adora::detail {

/// Collects the tensors that operations use and that want a gradient, whether
/// or not recording is on; checkpointing learns from it which parameters the
/// function under it uses.
struct InputObserver {
  virtual ~InputObserver() = default;
  virtual void notice(const Tensor& x) = 0;
};

inline thread_local InputObserver* input_observer = nullptr;

}  // namespace adora::detail
