#pragma once
// Not in adora.h: the library's own.
#include "../backends/dropout.h"
#include "../core/frozen_matrix.h"
#include "dora.h"

/// The one computation behind lora_linear and dora_linear, and the norm of the latter.
namespace adora::detail {

/// y = c ∘ (x·Wᵀ + scale·drop(x)·Aᵀ·Bᵀ) + bias with c = magnitude / norm, or 1 where both are undefined; A and B may be
/// undefined too. Shapes as in low_rank.h and dora.h; magnitude and norm [out], norm in the dtype of the arithmetic.
struct AdaptedLinear {
  const char* op;        ///< for messages, and what it is recorded as
  const char* composed;  ///< the op that has a gradient for the weight
  Tensor x = {};
  FrozenMatrix weight = {};
  Tensor bias = {}, A = {}, B = {}, magnitude = {}, norm = {};
  double scale = 1;
  backends::DropoutMask mask = {};
  bool merged = false;  ///< compute with c ∘ (W + scale·B·A), formed anew in each direction
};

/// Fused; with gradients for all but the weight, and gradients of these from recorded operations. Keeps x, drop(x)·Aᵀ
/// and, for magnitude and norm, y.
Tensor adapted_linear(const AdaptedLinear& a);

/// n of dora.h by the options: without a gradient where they say so, and then from their cache where it is still right.
Tensor dora_norm(const FrozenMatrix& weight, const Tensor& A, const Tensor& B, const DoraOptions& options);

}  // namespace adora::detail
