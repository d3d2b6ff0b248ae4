#pragma once
#include "optimizer.h"

namespace adora {

struct SgdOptions {
  double lr = 1e-2;         ///< 0 or more
  double momentum = 0;      ///< in [0, 1)
  double weight_decay = 0;  ///< added to the gradient, times the parameter; 0 or more
  double dampening = 0;     ///< in [0, 1]; a gradient after the first enters the velocity times 1 - dampening
  bool nesterov = false;    ///< looks ahead along the velocity; asks for momentum, and no dampening
};

/// Stochastic gradient descent with momentum, as PyTorch has it: v = momentum · v + g, x -= lr · v. With Nesterov's
/// (Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013) x -= lr · (g +
/// momentum · v).
class SGD final : public Optimizer {
 public:
  explicit SGD(Parameters parameters, SgdOptions options = {});

 private:
  void step_together(const Stepping& those) override;
  SgdOptions options_;
};

}  // namespace adora
