#pragma once
#include "optimizer.h"

namespace adora {

struct RmsPropOptions {
  double lr = 1e-2;         ///< 0 or more
  double alpha = 0.99;      ///< in [0, 1): the share of the means that a step keeps
  double eps = 1e-8;        ///< 0 or more
  double weight_decay = 0;  ///< added to the gradient, times the parameter; 0 or more
  double momentum = 0;      ///< in [0, 1)
  bool centered = false;    ///< divides by the gradient's deviation, not by the root of its mean square
};

/// Divides gradients by the root of their running mean square (Tieleman and Hinton, Coursera's "Neural networks for
/// machine learning", lecture 6.5, 2012; centered: Graves, "Generating sequences with recurrent neural networks",
/// 2013).
class RMSprop final : public Optimizer {
 public:
  explicit RMSprop(Parameters parameters, RmsPropOptions options = {});

 private:
  void step_together(const Stepping& those) override;
  RmsPropOptions options_;
};

}  // namespace adora
