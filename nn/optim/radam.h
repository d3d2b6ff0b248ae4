#pragma once
#include "optimizer.h"

namespace adora {

struct RAdamOptions {
  double lr = 1e-3;                     ///< 0 or more
  double beta1 = 0.9, beta2 = 0.999;    ///< in [0, 1)
  double eps = 1e-8;                    ///< 0 or more
  double weight_decay = 0;              ///< 0 or more
  bool decoupled_weight_decay = false;  ///< takes from the parameter itself rather than being added to the gradient
};

/// Adam that goes along the mean gradient alone for as long as too few squares were seen (Liu et al., "On the variance
/// of the adaptive learning rate and beyond", 2020, algorithm 2); eps is added as PyTorch does.
class RAdam final : public Optimizer {
 public:
  explicit RAdam(Parameters parameters, RAdamOptions options = {});

 private:
  void step_together(const Stepping& those) override;
  RAdamOptions options_;
};

}  // namespace adora
