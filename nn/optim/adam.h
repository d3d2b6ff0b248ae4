#pragma once
#include "optimizer.h"

namespace adora {

struct AdamOptions {
  double lr = 1e-3;                   ///< 0 or more
  double beta1 = 0.9, beta2 = 0.999;  ///< in [0, 1)
  double eps = 1e-8;                  ///< 0 or more
  double weight_decay = 0;            ///< added to the gradient, times the parameter; 0 or more
  bool amsgrad = false;               ///< divides by the root of the largest mean square so far (Reddi et al., 2018)
};

/// Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1, with a weight decay that goes
/// through the means, as PyTorch has it; AdamW keeps it out of them.
class Adam final : public Optimizer {
 public:
  explicit Adam(Parameters parameters, AdamOptions options = {});

 private:
  void step_together(const Stepping& those) override;
  AdamOptions options_;
};

}  // namespace adora
