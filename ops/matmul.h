#pragma once
#include "../core/tensor.h"

namespace adora {

/// The matrix product: a [batch…, m, k] times b [batch…, k, n] is [batch…, m, n]; batch
/// dimensions broadcast. A vector is a row on the left and a column on the right, and that
/// dimension is left out of the result: [k] times [batch…, k, n] is [batch…, n], [batch…, m, k]
/// times [k] is [batch…, m], and [k] times [k] a number, []. Both of one floating dtype.
/// Transposed views cost nothing. Half types accumulate in float32.
Tensor matmul(const Tensor& a, const Tensor& b);

/// x·weightᵀ + bias: x [..., in], weight [out, in], bias [out] or undefined, one dtype; result [..., out].
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

}  // namespace adora
