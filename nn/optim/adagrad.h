#pragma once
#include "optimizer.h"

namespace adora {

struct AdagradOptions {
  double lr = 1e-2;                      ///< 0 or more
  double lr_decay = 0;                   ///< 0 or more: step t has the rate lr / (1 + (t - 1) · lr_decay)
  double weight_decay = 0;               ///< added to the gradient, times the parameter; 0 or more
  double initial_accumulator_value = 0;  ///< 0 or more
  double eps = 1e-10;                    ///< 0 or more
};

/// Divides gradients by the root of the sum of all their squares (Duchi, Hazan and Singer, "Adaptive subgradient
/// methods", JMLR 12, 2011).
class Adagrad final : public Optimizer {
 public:
  explicit Adagrad(Parameters parameters, AdagradOptions options = {});

 private:
  void step_together(const Stepping& those) override;
  AdagradOptions options_;
};

}  // namespace adora
