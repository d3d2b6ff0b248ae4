#pragma once
#include "optimizer.h"

namespace adora {

struct SgdOptions {
  double lr = 1e-2;         ///< 0 or more
  double momentum = 0;      ///< in [0, 1)
  double weight_decay = 0;  ///< added to the gradient, times the parameter; 0 or more
};

/// Stochastic gradient descent with momentum.
class SGD final : public Optimizer {
 public:
  explicit SGD(std::vector<NamedTensor> parameters, SgdOptions options = {});

 private:
  void step_together(const Stepping& those) override;
  SgdOptions options_;
};

}  // namespace adora
