#pragma once
#include "../core/frozen_matrix.h"

/// Products with a matrix of low rank, and a linear layer adapted by one: x [..., in], weight [out, in],
/// A [r, in], B [out, r], bias [out] or undefined; results [..., out]. The product B·A is never formed. The weight may
/// be quantized (ops/quantize.h), which makes LoRA QLoRA.
namespace adora {

/// scale · x·Aᵀ·Bᵀ. Has gradients of gradients.
Tensor low_rank_matmul(const Tensor& x, const Tensor& A, const Tensor& B, double scale = 1);

struct LoraOptions {
  double scale = 1;                ///< alpha / rank
  double dropout = 0;              ///< the share of x that the low-rank branch does not see, in [0, 1]
  Generator* generator = nullptr;  ///< draws what is dropped; needed where dropout > 0
};

/// x·Wᵀ + scale · drop(x)·Aᵀ·Bᵀ + bias (Hu et al., "LoRA: low-rank adaptation of large language models", section
/// 4.1). One fused op: it keeps x and x·Aᵀ alone, and computes the dropout's mask again. A half
/// x and weight may go with a float32 A, B and bias; sums are then taken in float32.
Tensor lora_linear(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A, const Tensor& B,
                   const LoraOptions& options = {});
/// The same from other ops, with gradients of gradients.
Tensor lora_linear_composed(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A,
                            const Tensor& B, const LoraOptions& options = {});

/// x·Wᵀ + scale · b ∘ (B·(d ∘ (A·drop(x)))) + bias with frozen random A and B, and vectors d [r] and b [out] to train
/// (Kopiczko et al., "VeRA: vector-based random matrix adaptation", equation 2). One fused op, as lora_linear.
Tensor vera_linear(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A, const Tensor& B,
                   const Tensor& d, const Tensor& b, const LoraOptions& options = {});
/// The same from other ops, with gradients of gradients.
Tensor vera_linear_composed(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A,
                            const Tensor& B, const Tensor& d, const Tensor& b, const LoraOptions& options = {});

/// b ∘ B ∘ d [out, r], what stands in B's place where VeRA is written as LoRA: A, which is frozen, stays as it is, and
/// no gradient is computed for it. With it dora_linear becomes DVoRA. In float32 where B is of a half type.
Tensor vera_factor(const Tensor& B, const Tensor& d, const Tensor& b);

}  // namespace adora
