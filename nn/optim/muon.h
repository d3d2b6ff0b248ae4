#pragma once
#include "optimizer.h"

namespace adora {

struct MuonOptions {
  double lr = 1e-3;           ///< 0 or more
  double weight_decay = 0.1;  ///< decoupled; 0 or more
  double momentum = 0.95;     ///< in [0, 1)
  bool nesterov = true;
  double a = 3.4445, b = -4.775, c = 2.0315;  ///< of the iteration
  double eps = 1e-7;                          ///< above 0
  std::int64_t ns_steps = 5;                  ///< of the iteration, 1 to 99
  /// Has a step of a matrix be as large as AdamW's: the rate times 0.2 · √(the longer side), in the place of
  /// √max(1, rows / columns).
  bool match_rms_adamw = false;
};

/// Steps along the nearest matrix with orthogonal rows (or columns) to a mean of gradients, whose singular values are
/// all near 1 (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024), as torch.optim.Muon has
/// it. Each parameter is a matrix: those that are not, and embeddings and output layers, are for another optimizer. The
/// iteration X = a · X + (b · XXᵀ + c · (XXᵀ)²) · X, of Newton and Schulz, is computed in the parameter's dtype, in
/// float32 of a half type's; PyTorch's is in bfloat16.
class Muon final : public Optimizer {
 public:
  explicit Muon(Parameters parameters, MuonOptions options = {});

 private:
  void step_together(const Stepping& those) override;
  Tensor orthogonal(const Tensor& x) const;
  MuonOptions options_;
};

}  // namespace adora
