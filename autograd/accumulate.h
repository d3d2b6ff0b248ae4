#pragma once
// Not in adora.h: the library's own.
#include "node.h"

/// Adding up the gradients that reach one tensor. The sums are recorded where the backward pass is recorded; elsewhere
/// they are computed in place, where nothing else uses the memory.
namespace adora::detail {

/// Adds to a sum, which is undefined where nothing has arrived yet.
void add_into(Tensor& sum, Tensor gradient);
/// Adds to a leaf's gradient. Graphs that share a leaf may do so on several threads.
void add_to_leaf(AutogradMeta& leaf, Tensor gradient);

}  // namespace adora::detail
