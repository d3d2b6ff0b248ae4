#pragma once
#include "optimizer.h"

namespace adora {

struct LionOptions {
  double lr = 1e-4;                  ///< 0 or more
  double beta1 = 0.9, beta2 = 0.99;  ///< in [0, 1)
  double weight_decay = 0;           ///< decoupled; 0 or more
};

/// Steps of one length, along the signs of a mean of gradients (Chen et al., "Symbolic discovery of optimization
/// algorithms", 2023, program 1). Where the mean is 0 there is no step, where it is NaN the parameter becomes NaN.
class Lion final : public Optimizer {
 public:
  explicit Lion(Parameters parameters, LionOptions options = {});

 private:
  void step_together(const Stepping& those) override;
  LionOptions options_;
};

}  // namespace adora
