#pragma once
#include "kernel.h"

namespace adora::backends {

/// One step of AdamW for one parameter; all corrections for the step's number are in it.
struct AdamWStep {
  double lr;
  double beta1, beta2;
  double eps;
  double weight_decay;
  double correction1, correction2;  ///< 1 - beta^t
};

/// A step of each of some parameters, with everything that belongs to one of them at its number in each list; on a GPU
/// all in one launch, or as few as their number allows. For each, in one pass:
/// param ← param·(1 - lr·weight_decay), then
/// m ← beta1·m + (1 - beta1)·g, v ← beta2·v + (1 - beta2)·g²,
/// param ← param - lr/correction1 · m / (√v/√correction2 + eps)
/// (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", algorithm 2).
/// All contiguous and of one shape; `param`, m and v float32 or float64, the gradient also of
/// a half type. Every element is computed by itself: the number of threads changes nothing.
inline constinit Kernel<std::span<const Tensor> /*params*/, std::span<const Tensor> /*gradients*/,
                        std::span<const Tensor> /*m*/, std::span<const Tensor> /*v*/, std::span<const AdamWStep>>
    adamw{"adamw"};

/// One step of SGD for one parameter.
struct SgdStep {
  double lr;
  double momentum;
  double weight_decay;
  bool first;
};
/// The same for SGD, with g ← g + weight_decay·param: velocity ← momentum·velocity + g (just g in the first step),
/// param ← param - lr·velocity. The list of velocities may be empty where momentum is 0. Layout and types as `adamw`.
inline constinit Kernel<std::span<const Tensor> /*params*/, std::span<const Tensor> /*gradients*/,
                        std::span<const Tensor> /*velocities*/, std::span<const SgdStep>>
    sgd{"sgd"};

}  // namespace adora::backends
