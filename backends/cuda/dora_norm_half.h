#pragma once
#include "../../core/tensor.h"

namespace adora::backends::cuda {

/// n [N] = the lengths of the rows of V = W + scale·B·A for a bfloat16 W [N, K], from products of cuBLAS: false where
/// the tiles of dora_norm.cu serve better, at low ranks, and where W does not lie in rows of 16 bytes.
bool norm_of_half_products(const Tensor& W, const Tensor& A, const Tensor& B, double scale, const Tensor& n);

}  // namespace adora::backends::cuda
