#pragma once
#include "optimizer.h"

namespace adora {

struct AdamWOptions {
  double lr = 1e-3;                   ///< 0 or more
  double beta1 = 0.9, beta2 = 0.999;  ///< in [0, 1)
  double eps = 1e-8;                  ///< 0 or more
  double weight_decay = 0.01;         ///< 0 or more
  bool amsgrad = false;               ///< divides by the root of the largest mean square so far (Reddi et al., 2018)
};

/// Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019, algorithm
/// 2).
class AdamW final : public Optimizer {
 public:
  explicit AdamW(Parameters parameters, AdamWOptions options = {});

 private:
  void step_together(const Stepping& those) override;
  AdamWOptions options_;
};

}  // namespace adora
