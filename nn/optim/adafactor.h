#pragma once
#include "optimizer.h"

namespace adora {

struct AdafactorOptions {
  double lr = 1e-2;           ///< 0 or more; the largest relative step
  double beta2_decay = -0.8;  ///< 0 or less: step t's share of the mean squares is t^beta2_decay
  double eps1 = -1;           ///< the least root of a mean square; below 0: the parameter's dtype's epsilon
  double eps2 = 1e-3;         ///< 0 or more: the least size that a parameter is taken to have
  double d = 1;               ///< 1 or more: updates whose root mean square is larger are scaled down
  double weight_decay = 0;    ///< decoupled; 0 or more
};

/// Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost", 2018, as PyTorch has it: of a
/// matrix [..., rows, columns] it keeps the mean squares of rows and of columns, of a vector those of each number.
class Adafactor final : public Optimizer {
 public:
  explicit Adafactor(Parameters parameters, AdafactorOptions options = {});

 private:
  void step_together(const Stepping& those) override;
  AdafactorOptions options_;
};

}  // namespace adora
