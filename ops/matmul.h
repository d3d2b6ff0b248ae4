#pragma once
#include "../core/tensor.h"

namespace adora {

/// The matrix product: a [batch…, m, k] times b [batch…, k, n] is [batch…, m, n]; batch
/// dimensions broadcast. Transposed views cost nothing. Half types accumulate in float32.
Tensor matmul(const Tensor& a, const Tensor& b);

/// x·weightᵀ + bias: x [..., in], weight [out, in], bias [out] or undefined, one dtype; result [..., out].
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

}  // namespace adora
