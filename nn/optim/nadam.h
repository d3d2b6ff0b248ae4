#pragma once
#include "optimizer.h"

namespace adora {

struct NAdamOptions {
  double lr = 2e-3;                     ///< 0 or more
  double beta1 = 0.9, beta2 = 0.999;    ///< in [0, 1)
  double eps = 1e-8;                    ///< 0 or more
  double weight_decay = 0;              ///< 0 or more
  double momentum_decay = 4e-3;         ///< 0 or more
  bool decoupled_weight_decay = false;  ///< takes from the parameter itself rather than being added to the gradient
};

/// Adam with Nesterov's momentum (Dozat, "Incorporating Nesterov momentum into Adam", 2016), as PyTorch has it: step
/// t's momentum is beta1 · (1 - 0.96^(t · momentum_decay) / 2).
class NAdam final : public Optimizer {
 public:
  explicit NAdam(Parameters parameters, NAdamOptions options = {});

 private:
  void step_together(const Stepping& those) override;
  double momentum(double t) const;
  /// Of the momenta of steps 1 to t.
  double momenta(double t);

  NAdamOptions options_;
  std::vector<double> momenta_{1.0};
};

}  // namespace adora
