#pragma once
// Not in adora.h: the library's own.
#include <map>
#include <memory>
#include <tuple>

#include "../../core/cuda_graph.h"
#include "../data/batches.h"
#include "../models/causal_lm.h"
#include "../optim/optimizer.h"

namespace adora {

/// The forward and backward passes of a training step, over one part of its batch after the other.
class Passes {
 public:
  virtual ~Passes() = default;
  /// Forgets gradients and losses of the step before.
  virtual void begin_step() = 0;
  /// Adds to the gradients those of scale · Σ losses of the part's targets.
  virtual void add(const TokenBatch& part, double scale, const Generator::Part& of_step) = 0;
  /// The sum of these since begin_step.
  virtual double loss() = 0;
};

/// One operation after the other.
std::unique_ptr<Passes> direct_passes(CausalLm& model, Optimizer& optimizer);

/// The same on a GPU, as CUDA graphs: a part's shape is computed directly when it comes up first, recorded the second
/// time and replayed from then on. `dropout` draws the masks, or is null.
std::unique_ptr<Passes> recorded_passes(CausalLm& model, Optimizer& optimizer, Generator* dropout);

}  // namespace adora
