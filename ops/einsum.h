#pragma once
#include <string_view>

#include "../core/tensor.h"

namespace adora {

/// Sums of products in Einstein's notation, as in PyTorch: einsum("bij,bjk->bik", {a, b}) is a batched matrix product.
/// Each operand has a letter for every dimension, a … z and A … Z; equal letters are one index, of one size (or 1,
/// which stretches), and letters that the result has not are summed over. A letter twice in an operand is its diagonal.
/// "..." stands for the dimensions that are not named, which broadcast. Without "->" the result has those first, and
/// then the letters that occur once, in the order of the alphabet, capitals first.
///
/// Operands, of one floating dtype, are contracted two at a time, always those whose product grows the numbers in
/// memory least, as matrix products of permuted and reshaped tensors. Recorded, with gradients of gradients.
Tensor einsum(std::string_view equation, const Tensors& operands);

/// Σ a·b over the last `dims` dimensions of a and the first of b, or over dimensions dims_a of a and dims_b of b, one
/// with one; the result has the other dimensions of a and then those of b.
Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t dims = 2);
Tensor tensordot(const Tensor& a, const Tensor& b, const Shape& dims_a, const Shape& dims_b);

}  // namespace adora
