#pragma once
#include "../core/frozen_matrix.h"

/// Frozen weights in 4 or 8 bits: QLoRA is lora_linear, and QDoRA dora_linear, with one (Dettmers et al. 2023; Liu et
/// al. 2024, section 6.1).
namespace adora {

/// A matrix in a format's codes, of any floating dtype and strides; see core/quantized_matrix.h for what they stand
/// for. Each block of 64 numbers has its largest magnitude a for a scale, which is itself kept in eight bits against
/// the largest t of 256 such ("double quantization": QLoRA's section 3). QLoRA subtracts the scales' mean and keeps the
/// rest as eight-bit floats. Here a share of t is kept as the square of q / 255, with q rounded up: no scale changes
/// its sign, one of 0 stays 0, so that a row of zeros does, a small one keeps its first digits, and no number lies
/// beyond its block's levels. So a number x and the one that stands for it differ, up to float32's rounding, by at most
///
///     |x - value| ≤ h·s        a ≤ s ≤ (√a + √t/255)²        h = 0.1519036 in NF4, 1/254 in int8
///
/// since q ≤ 255·√(a/t) + 1, and h is half the largest gap between levels. Codes are chosen for the s that is kept.
/// Computed on the CPU, wherever the matrix lies. Has no gradient. An error where a number is not finite in float32.
QuantizedMatrix quantize(const Tensor& matrix, QuantizedFormat format);

/// The numbers of a quantized matrix, [rows, columns] of its dtype; of a tensor, that tensor.
Tensor dequantize(const FrozenMatrix& matrix);
/// Those of the rows begin … end alone, in the dtype that arithmetic on them is done in: float32 for the half types.
Tensor dequantized_rows(const FrozenMatrix& matrix, std::int64_t begin, std::int64_t end);

/// x·Wᵀ + bias with a frozen weight: x [..., in], weight [out, in], bias [out] or undefined; of a quantized weight a
/// part of the rows is dequantized at a time, in both directions. With gradients for x and the bias.
Tensor frozen_linear(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias = {});

}  // namespace adora
