#pragma once
#include "../low_rank.h"

namespace adora::backends::cuda {

/// out = column ∘ (row ∘ in + mask ∘ (scale·left·right)) + shift in one pass over in and out: [T, N] of a half type,
/// perhaps the same; left [T, R] and right [r, N] in float32, r <= R; row [T], column and shift [N] or undefined.
/// Returns false, having done nothing, where the tensors do not lie as tensor cores take them.
bool low_rank_update(const Tensor& in, const Tensor& row, const Tensor& left, const Tensor& right, double scale,
                     const DropoutMask& mask, const Tensor& column, const Tensor& shift, const Tensor& out);

}  // namespace adora::backends::cuda
